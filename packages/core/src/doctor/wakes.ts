import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { heldLine, heldWakes } from '../agents/held-wakes'
import { RecordStore } from '../agents/record-store'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { folderOf } from '../fs/paths'
import { reasonOf } from '../fs/system-error'
import type { WakeLimits } from '../peers/limits-table'
import { readPeersFile } from '../peers/peers-file'
import { toPath } from '../text/raw-name'
import { bad, type Check, ok, shellWord, unknown } from './check'

const NAME = 'wakes'

/**
 * Checks whether hooks may wake sessions, and which conversations they hold back (contract C24). Says nothing where no
 * agent has sent an event and the limits are right.
 */
export async function checkWakes(projects: readonly string[], context: Context): Promise<Check[]> {
  const { hookSessions } = context.paths
  const isUsed = existsSync(toPath(hookSessions))
  const limits = await limitsOf(context)
  if (typeof limits === 'string') {
    // Another check says what is wrong with the file. Here it matters where hooks wake sessions.
    const concerns = isUsed || limits.includes('limits')
    return concerns ? [bad(NAME, `${limits}: no session is woken`, 'correct that file')] : []
  }
  if (!isUsed) return []
  const problem = problemOf(hookSessions, projects, context)
  if (problem !== undefined) return [problem]
  const held = heldWakes(context.paths, context.now())
  const most = `at most ${limits.perConversation} an hour for a conversation, ${limits.perProject} for a project`
  if (held.length === 0) return [ok(NAME, most)]
  return held.map((one) => unknown(NAME, `${heldLine(one)}: it woke too often in the last hour`))
}

async function limitsOf({ paths }: Context): Promise<WakeLimits | string> {
  try {
    return await (await readPeersFile(paths)).wakeLimits()
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}

/** What keeps the count from being kept: nobody is woken then. */
function problemOf(folder: string, projects: readonly string[], { paths }: Context): Check | undefined {
  const says = (reason: string) => `${reason}: the wakes of sessions cannot be counted, so none is woken`
  const words = 'make it a folder that you can write to, on a disk that is not full'
  try {
    accessSync(toPath(`${folder}/.`), constants.R_OK | constants.W_OK | constants.X_OK)
    const { bavail, ffree, files } = statfsSync(toPath(folder))
    if (bavail === 0 || (files > 0 && ffree === 0))
      return bad(NAME, says(`the disk of ${folder} is full`), words, `df ${shellWord(folderOf(folder))}`)
  } catch (error) {
    return bad(NAME, says(`${folder}: ${reasonOf(error)}`), words, `ls -ld ${shellWord(folder)}`)
  }
  for (const project of projects) {
    try {
      new RecordStore(paths, project).read()
    } catch (error) {
      return bad(NAME, says(reasonOf(error)), 'remove it: sessions are told again of what waits')
    }
  }
  return undefined
}
