import type { Brake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { isFile } from '@cac/core/fs/files'
import { absolutePath, fileName, tidyPath } from '@cac/core/fs/paths'
import type { Scrutiny } from '@cac/core/mailbox/decide'
import { renderMessage } from '@cac/core/mailbox/show-message'
import { notTaken } from '@cac/core/mailbox/take-failures'
import { type Taken, Taker } from '@cac/core/mailbox/taking'
import { inboxOf, movedFolderOf } from '@cac/core/message/done-name'
import { messageMissing } from '@cac/core/message/failures'
import { isVisibleMessage } from '@cac/core/message/message-name'
import { currentSession } from '@cac/core/programs/session'
import { eachOnce, findProject } from '@cac/core/project/project'
import { inboxesBeside } from '@cac/core/project/recipient'
import { EXIT_CODES } from './decision'
import type { Options } from './options'

/** Seconds. */
const USUAL = 60 * 60
const LONGEST = 24 * 60 * 60

/**
 * Takes one message for this session, the given one or the first that no other session has, and shows it. The decision
 * gives the exit code (contract C21). Throws Failure, and then nothing is taken that was not taken before.
 */
export async function take(
  file: string | undefined,
  options: Options,
  scrutiny: Scrutiny,
  context: Context,
  brake: Brake,
): Promise<number> {
  const taken = await (options.next
    ? takeNext(options, scrutiny, context, brake)
    : takeFile(tidyPath(absolutePath(file ?? '', context.cwd())), options, scrutiny, context, brake))
  show(taken, options, context, brake)
  return EXIT_CODES[taken.finding.decision.decision]
}

async function takeNext(
  options: Options,
  scrutiny: Scrutiny,
  context: Context,
  brake: Brake,
): Promise<Taken> {
  const { name, inboxes } = await findProject(options.project, context)
  const taken = await takerOf(eachOnce(inboxes), options, scrutiny, context, brake).next()
  if (taken === 'nothing') throw new Failure('nothing-waits', { message: `nothing waits in ${name}` })
  if (taken === 'others') {
    const message = `nothing is left to take in ${name}: other sessions have what waits`
    throw new Failure('nothing-waits', { message, hint: 'who has what: cross-agent-status --messages' })
  }
  return taken
}

async function takeFile(
  path: string,
  options: Options,
  scrutiny: Scrutiny,
  context: Context,
  brake: Brake,
): Promise<Taken> {
  if (!isFile(path)) throw messageMissing({ path, hint: 'name it as recv --next or --show does' })
  const moved = movedFolderOf(path)
  if (moved === 'done') throw notTaken(path, 'it is done')
  if (moved === 'aside')
    throw notTaken(path, 'it was put aside', 'bring it back first: --put-back, then take it')
  if (!isVisibleMessage(fileName(path))) throw notTaken(path, 'it is not a message')
  const found = await inboxesBeside(path, context)
  if ('reason' in found) throw notTaken(path, found.reason, found.hint)
  const [inbox, name] = [inboxOf(path), fileName(path)]
  const taken = await takerOf(found.inboxes, options, scrutiny, context, brake).message(inbox, name)
  if (taken === 'gone') throw messageMissing({ path, hint: 'another process has just moved it' })
  if (taken === 'released') {
    const message = `nothing to take: ${path}: it does not wait, because a release answers it or it is one`
    throw new Failure('nothing-waits', { message })
  }
  return taken
}

function takerOf(
  inboxes: Awaited<ReturnType<typeof findProject>>['inboxes'],
  { for: seconds = USUAL }: Options,
  scrutiny: Scrutiny,
  context: Context,
  brake: Brake,
): Taker {
  if (seconds < 1 || seconds > LONGEST) {
    throw new Failure('usage', {
      message: `cross-agent-recv: error: argument --for: must be 1 to ${LONGEST} seconds: ${seconds}`,
    })
  }
  return new Taker({ session: currentSession(context.env), seconds, scrutiny, inboxes }, context, brake)
}

function show(
  { path, finding, take: taken, later, giveBack }: Taken,
  options: Options,
  context: Context,
  brake: Brake,
): void {
  const style = {
    json: options.json,
    compact: options['compact-json'],
    unverified: options['no-verify'],
    taken,
    later,
  }
  try {
    brake.check()
  } catch (error) {
    giveBack()
    throw error
  }
  for (const piece of renderMessage(path, finding, style)) context.out(piece)
}
