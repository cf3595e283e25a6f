import { realpathSync } from 'node:fs'
import type { Context } from '../command/context'
import { folderOf } from '../fs/paths'
import { findProgram } from '../programs/find-program'
import { UNDECODABLE } from '../text/raw-name'
import { serviceFailed } from './systemd'

/** The folders of the programs that a watcher calls. The user manager's own PATH seldom has more. */
const USUAL_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin']
/**
 * Characters that a value in a unit cannot hold. systemd ignores a line that has them or is not valid UTF-8. A line
 * break would begin a new directive (contract B76).
 */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u

/**
 * The drop-in that lets the user manager find our programs and this node. Folders that a unit cannot hold are left out
 * with a warning. Throws Failure if a program is in no other folder.
 */
export function pathForPrograms(retries: boolean, context: Context): string {
  const { env, program, err } = context
  const folders = (env.PATH ?? '').split(':')
  const leaveOut = (folder: string) =>
    err(`warning: left out of the PATH of the service: ${folder}: a unit cannot hold that name`)
  for (const folder of folders.filter(isUnfit)) leaveOut(folder)
  // For the service, a relative folder would be a different folder.
  const search = env.PATH === undefined ? undefined : folders.filter((folder) => isFit(folder)).join(':')
  const found = [folderOfThisProgram(search, context)]
  if (retries) found.push(folderOfSender(search, context))
  const node = folderOf(program.node)
  if (isFit(node) && !node.includes(':')) found.push(node)
  else leaveOut(node)
  return `[Service]\nEnvironment="PATH=${[...new Set([...found, ...USUAL_FOLDERS])].map(inQuotes).join(':')}"\n`
}

function isUnfit(folder: string): boolean {
  return UNFIT.test(folder) || folder.includes(UNDECODABLE)
}

function isFit(folder: string): boolean {
  return folder.startsWith('/') && !isUnfit(folder)
}

/** Quotes a text for systemd. `%` begins a specifier. */
function inQuotes(text: string): string {
  return text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')
}

/** The path of this program on PATH: the unit must not start another program of that name. */
function folderOfThisProgram(search: string | undefined, context: Context): string {
  const found = find('cross-agent-watch', search, context)
  if (found !== undefined && realpathSync(found) === realpathSync(context.program.script))
    return folderOf(found)
  throw serviceFailed({
    problem:
      found === undefined
        ? 'cross-agent-watch is not on PATH'
        : `the cross-agent-watch on PATH is another program: ${found}`,
    hint: 'install it with npm install --global, or put its folder first on PATH',
  })
}

function folderOfSender(search: string | undefined, context: Context): string {
  const found = find('cross-agent-send', search, context)
  if (found !== undefined) return folderOf(found)
  throw serviceFailed({
    problem: 'cross-agent-send is not on PATH',
    hint: 'install it, or leave out --retry',
  })
}

/** Throws Failure if the program is only in a folder that a unit cannot name. */
function find(name: string, search: string | undefined, { env }: Context): string | undefined {
  const found = findProgram(name, search)
  const elsewhere = found === undefined ? findProgram(name, env.PATH) : undefined
  if (elsewhere === undefined) return found
  throw serviceFailed({
    problem: `${name} is on PATH, but only as ${elsewhere}, which a service does not find`,
    hint: 'put it, or a link to it, into a folder with an absolute path and a plain name, and that on PATH',
  })
}
