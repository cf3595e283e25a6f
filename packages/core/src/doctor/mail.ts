import { setImmediate as nextTurn } from 'node:timers/promises'
import { NO_BRAKE } from '../brake/run-brake'
import type { Context } from '../command/context'
import { isLink, realPath } from '../fs/folder'
import { fileName, folderOf } from '../fs/paths'
import { makeJudge } from '../mailbox/judge'
import { namesIn } from '../mailbox/listing'
import { DONE_FOLDER, MOVED_FOLDERS } from '../message/done-name'
import { isMessageName, signatureName } from '../message/message-name'
import { Ownership } from '../project/ownership'
import type { Inbox, Projects } from '../project/projects'
import { counted } from '../text/counted'
import { bad, type Check, ok, shellWord, someOf, unknown } from './check'
import { type Found, findTwins, foldedName, oddityOf, readInbox } from './inbox-content'

/**
 * Reports inboxes that lead into another project through a link (contract B50). Messages sent there arrive in that
 * project.
 */
export function checkForeignInboxes(inboxes: readonly Inbox[], projects: Projects): Check[] {
  const ownership = new Ownership(projects)
  return inboxes
    .filter((inbox) => !ownership.owns(inbox))
    .map(({ folder, project }) => {
      const path = folder.replace(/\/+$/, '')
      const owners = ownership.ownersOf(path).join(', ')
      const said = `${linkIn(path)} leads to ${realPath(path)}, which belongs to ${owners}: it is no inbox of ${project}`
      const words = 'find out who made that link, and remove it unless it was you'
      return bad(`inbox of ${project}`, said, words, `ls -ld ${shellWord(linkIn(path))}`)
    })
}

/** The last link in a folder's path. The folder itself if there is no link. */
function linkIn(folder: string): string {
  for (let path = folder; path !== folderOf(path); path = folderOf(path)) if (isLink(path)) return path
  return folder
}

/** Milliseconds after which no further inbox is checked. */
const TIME_LIMIT = 15_000
/** Limits for examining releases. */
const LIMITS = { verifications: 200, bytes: 100 * 1024 * 1024 }

/** Checks that messages are signed, that none is a duplicate, and that other systems can hold their names. */
export async function checkMail(inboxes: readonly Inbox[], context: Context): Promise<Check[]> {
  const end = context.now() + TIME_LIMIT
  const checks: Check[] = []
  let waiting = 0
  const judge = makeJudge(context, NO_BRAKE, { limits: LIMITS })
  for (const [index, { folder, project }] of inboxes.entries()) {
    if (context.now() > end) {
      checks.push(unknown('mail', `${inboxes.length - index} inboxes were not checked, for lack of time`))
      break
    }
    const place = { folder: folder.replace(/\/+$/, ''), project }
    const inbox = await readInbox(place, context.now(), judge)
    const name = `mail for ${project}`
    if (typeof inbox === 'string') checks.push(bad(name, inbox, 'make it a folder that you can read'))
    else {
      waiting += inbox.waiting.length
      checks.push(
        ...[movedCheck, nameCheck, conflictCheck, orphanCheck, unsignedCheck, twinCheck].flatMap((check) =>
          check(name, inbox),
        ),
      )
    }
    await nextTurn()
  }
  const all = `${counted(inboxes.length, 'inbox', 'inboxes')}, ${counted(waiting, 'message waits', 'messages wait')}`
  return checks.length > 0 ? checks : [ok('mail', all)]
}

/** If `done/` or `aside/` is a link, no command reads it or moves anything there (contract B50). */
function movedCheck(name: string, { folder }: Found): Check[] {
  return MOVED_FOLDERS.flatMap((place) => {
    const moved = `${folder}/${place}`
    if (!isLink(moved)) return []
    const said = `${moved} is a link: its content is ignored, and --${place} does nothing here`
    return [bad(name, said, 'remove that link', `rm ${shellWord(moved)}`)]
  })
}

function nameCheck(name: string, { folder, messages }: Found): Check[] {
  const [odd] = messages.filter((message) => oddityOf(message) !== undefined)
  if (odd !== undefined) {
    const said = `other systems cannot hold the name ${odd}: it ${oddityOf(odd)}`
    const words = 'give message and signature another name, and the conversation a plain one'
    return [bad(name, said, words, `ls -b ${shellWord(folder)}`)]
  }
  const seen = new Map<string, string>()
  for (const message of messages) {
    const other = seen.get(foldedName(message))
    if (other !== undefined) {
      const said = `other systems cannot keep apart ${other} and ${message}`
      return [
        bad(name, said, 'give one of them, and its signature, another name', `ls -b ${shellWord(folder)}`),
      ]
    }
    seen.set(foldedName(message), message)
  }
  return []
}

function conflictCheck(name: string, { folder, conflicts }: Found): Check[] {
  if (conflicts.length === 0) return []
  const said = `${counted(conflicts.length, 'conflict copy', 'conflict copies')} of a file synchroniser: ${someOf(conflicts)}`
  return [
    bad(
      name,
      said,
      'compare them, and remove those that are not the message',
      pathOf(folder, conflicts, 'ls -l'),
    ),
  ]
}

function orphanCheck(name: string, { folder, orphans }: Found): Check[] {
  if (orphans.length === 0) return []
  const said = `${counted(orphans.length, 'signature', 'signatures')} without a message: ${someOf(orphans)}`
  return [
    bad(
      name,
      said,
      'a delivery was interrupted: ask for it again, and remove this',
      pathOf(folder, orphans, 'rm'),
    ),
  ]
}

function unsignedCheck(name: string, { folder, waiting, signatures }: Found): Check[] {
  const unsigned = waiting.filter((message) => !signatures.has(signatureName(message)))
  if (unsigned.length === 0) return []
  const said = `${counted(unsigned.length, 'message has', 'messages have')} no signature: ${someOf(unsigned)}`
  const words = 'recv rejects it: ask for it again without --no-sign, and put this away'
  return [bad(name, said, words, pathOf(folder, unsigned, 'cross-agent-recv --done'))]
}

function twinCheck(name: string, { folder, waiting, messages }: Found): Check[] {
  const waits = new Set(waiting)
  const done = `${folder}/${DONE_FOLDER}`
  const earlier = [
    ...namesIn(folder, DONE_FOLDER)
      .filter(isMessageName)
      .map((other) => `${done}/${other}`),
    ...messages.filter((message) => !waits.has(message)).map((message) => `${folder}/${message}`),
  ]
  const { later, isComplete } = findTwins(
    waiting.map((message) => `${folder}/${message}`),
    earlier,
  )
  if (later.length > 0) {
    const names = later.map(fileName)
    const said = `${counted(later.length, 'message is', 'messages are')} identical to an earlier one: ${someOf(names)}`
    return [
      bad(name, said, 'recv answers dedup: put it away', pathOf(folder, names, 'cross-agent-recv --done')),
    ]
  }
  return isComplete ? [] : [unknown(name, 'too much to compare all messages with each other')]
}

/** The command for the first of them. */
function pathOf(folder: string, [first = '']: readonly string[], command: string): string | undefined {
  return first.isWellFormed() ? `${command} ${shellWord(`${folder}/${first}`)}` : undefined
}
