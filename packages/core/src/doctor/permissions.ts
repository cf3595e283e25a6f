import { accessSync, constants, readFileSync, type Stats, statSync } from 'node:fs'
import type { Context } from '../command/context'
import { folderOf } from '../fs/paths'
import { hasCode, reasonOf } from '../fs/system-error'
import { folderWithin } from '../mailbox/listing'
import { MOVED_FOLDERS } from '../message/done-name'
import { projectFolder } from '../project/layout'
import type { Inbox, Projects } from '../project/projects'
import { toPath } from '../text/raw-name'
import { bad, type Check, ok, shellWord } from './check'

const NAME = 'permissions'

/** Checks who else can write to trusted files, and whether you can (SECURITY.md, "Who is trusted"). */
export function checkPermissions(
  { home, paths }: Context,
  inboxes: readonly Inbox[],
  { roots }: Projects,
): Check[] {
  const owner = statsOf(home)
  if (owner === undefined) return [bad(NAME, `${home} is not there`, 'make it, or set HOME')]
  const folders = inboxes.map(({ folder }) => folder.replace(/\/+$/, ''))
  const written = [
    home,
    paths.projects,
    paths.configDir,
    ...folders,
    ...folders.flatMap((folder) => MOVED_FOLDERS.flatMap((moved) => folderWithin(folder, moved) ?? [])),
  ]
  // Whoever can write to a folder can replace what it holds.
  const above = [
    ...roots,
    ...folders.flatMap(foldersAbove),
    folderOf(paths.configDir),
    ...[paths.failedSends, paths.outbox, paths.hookRecords].flatMap((folder) => [folderOf(folder), folder]),
  ]
  const trusted = new Set([...written, paths.peersFile, paths.haltFile, ...above])
  const checks = [
    ...[...trusted].flatMap((path) => checkWriters(path, owner)),
    ...written.flatMap((path) => checkAccess(path, owner)),
  ]
  return checks.length > 0 ? checks : [ok(NAME, 'nobody else writes to inboxes, HALT or peers.toml')]
}

/** The folders between a project and its inbox. For an inbox in an unusual place, the folder that holds it. */
function foldersAbove(inbox: string): string[] {
  const project = projectFolder(inbox)
  const above = [folderOf(inbox)]
  for (let last = above[0] ?? '/'; last !== project && last !== '/'; last = folderOf(last))
    above.push(folderOf(last))
  return above
}

function checkWriters(path: string, owner: Stats): Check[] {
  const found = statsOf(path)
  if (found === undefined) return []
  const { mode, gid, uid } = found
  const word = shellWord(path)
  if (uid !== owner.uid && uid !== 0)
    return [
      bad(
        NAME,
        `${path} belongs to another user (${uid})`,
        'take it over, as root',
        `chown ${owner.uid} ${word}`,
      ),
    ]
  const who = mode & 0o002 ? 'everybody' : mode & 0o020 && isShared(gid, owner.uid) ? 'its group' : undefined
  if (who === undefined) return []
  return [bad(NAME, `${who} can write to ${path}`, 'keep it to yourself', `chmod go-w ${word}`)]
}

function checkAccess(path: string, owner: Stats): Check[] {
  const found = statsOf(path)
  if (found === undefined) return []
  try {
    accessSync(toPath(path), constants.R_OK | constants.W_OK | constants.X_OK)
    return []
  } catch (error) {
    const said = `you cannot read and write ${path}`
    const isByMode = !hasCode(error, 'EROFS') && (found.mode & 0o700) !== 0o700
    if (isByMode && found.uid === owner.uid)
      return [bad(NAME, said, 'give yourself the right', `chmod u+rwx ${shellWord(path)}`)]
    // checkWriters reports files of other users already. Files of root may be correct.
    if (found.uid !== owner.uid && found.uid !== 0) return []
    const words = 'ask whoever set up this system, or your sandbox, to allow it'
    return [bad(NAME, `${said}: ${reasonOf(error)}`, words)]
  }
}

/** Whether a group has other members than this user. Most users have a group that is theirs alone. */
function isShared(gid: number, uid: number): boolean {
  try {
    const users = linesOf('/etc/passwd')
    const own = users.find((fields) => Number(fields[2]) === uid)?.[0]
    const members = linesOf('/etc/group').find((fields) => Number(fields[2]) === gid)?.[3] ?? ''
    return (
      users.some((fields) => Number(fields[3]) === gid && Number(fields[2]) !== uid) ||
      members.split(',').some((member) => member !== '' && member !== own)
    )
  } catch {
    return true
  }
}

function linesOf(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(toPath(path))
  } catch {
    return undefined
  }
}
