import { realpathSync } from 'node:fs'
import type { Context } from '../command/context'
import { folderOf } from '../fs/paths'
import { findProgram } from '../programs/find-program'
import { UNDECODABLE } from '../text/raw-name'
import { serviceFailed } from './service-failure'

/**
 * Characters that the description of a service cannot hold. systemd ignores a line that has them or is not valid UTF-8.
 * A line break would begin a new directive (contract B76). launchd reads no XML that has them.
 */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u

/**
 * The folders in which a service finds our programs and this node. Those that `holder` (`a unit`) cannot hold are left
 * out with a warning. Throws Failure if a program is in no other folder.
 */
export function programFolders(retries: boolean, holder: string, context: Context): string[] {
  const { env, program, err } = context
  const folders = (env.PATH ?? '').split(':')
  const leaveOut = (folder: string) =>
    err(`warning: left out of the PATH of the service: ${folder}: ${holder} cannot hold that name`)
  for (const folder of folders.filter(isUnfit)) leaveOut(folder)
  // For the service, a relative folder would be a different folder.
  const search = env.PATH === undefined ? undefined : folders.filter((folder) => isFit(folder)).join(':')
  const found = [folderOfThisProgram(search, context)]
  if (retries) found.push(folderOfSender(search, context))
  const node = folderOf(program.node)
  if (isFit(node) && !node.includes(':')) found.push(node)
  else leaveOut(node)
  return found
}

/** Whether the description of a service cannot hold a name. */
export function isUnfit(folder: string): boolean {
  return UNFIT.test(folder) || folder.includes(UNDECODABLE)
}

function isFit(folder: string): boolean {
  return folder.startsWith('/') && !isUnfit(folder)
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
