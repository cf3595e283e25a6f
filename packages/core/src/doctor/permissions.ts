import { accessSync, constants, readFileSync, type Stats, statSync } from 'node:fs'
import type { Context } from '../command/context'
import { folderWithin } from '../inbox/done-folder'
import { DONE_FOLDER } from '../inbox/done-name'
import type { Inbox } from '../inbox/local-inboxes'
import { toPath } from '../text/raw-name'
import { bad, type Check, ok, shellWord } from './check'

const NAME = 'permissions'

/** Who else can write to what the commands trust, and whether you can (SECURITY.md, "Who is trusted"). */
export function checkPermissions({ home, paths }: Context, inboxes: readonly Inbox[]): Check[] {
  const owner = statsOf(home)
  if (owner === undefined) return [bad(NAME, `${home} is not there`, 'make it, or set HOME')]
  const folders = inboxes.map(({ folder }) => folder.replace(/\/+$/, ''))
  const others = [paths.peersFile, paths.haltFile, paths.failedSends]
  const written = [
    home,
    paths.projects,
    paths.configDir,
    ...folders,
    ...folders.flatMap((folder) => folderWithin(folder, DONE_FOLDER) ?? []),
  ]
  const checks = [
    ...[...written, ...others].flatMap((path) => checkWriters(path, owner)),
    ...written.flatMap(checkAccess),
  ]
  return checks.length > 0 ? checks : [ok(NAME, 'nobody else writes to inboxes, HALT or peers.toml')]
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

function checkAccess(path: string): Check[] {
  if (statsOf(path) === undefined) return []
  try {
    accessSync(toPath(path), constants.R_OK | constants.W_OK | constants.X_OK)
    return []
  } catch {
    const said = `you cannot read and write ${path}`
    return [bad(NAME, said, 'give yourself the right', `chmod u+rwx ${shellWord(path)}`)]
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
