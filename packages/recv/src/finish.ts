import type { Brake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure, showFailure } from '@cac/core/command/failure'
import { listNamesIfReadable } from '@cac/core/fs/folder'
import { absolutePath, tidyPath } from '@cac/core/fs/paths'
import { finishMessage } from '@cac/core/mailbox/done'
import { renderJson } from '@cac/core/mailbox/show-decision'
import { haveTakes } from '@cac/core/mailbox/take-name'
import { inboxOf } from '@cac/core/message/done-name'
import type { Move } from '@cac/core/message/failures'
import { holdSignals } from '@cac/core/programs/interruption'
import { requireOwnInbox } from '@cac/core/project/recipient'
import { pathWord } from '@cac/core/text/shell'
import type { Options } from './options'

/** What a line says before the new path, and the key of the new paths in JSON. */
const WORDS: Readonly<Record<Move, readonly [text: string, key: string]>> = {
  done: ['done', 'done'],
  aside: ['aside', 'aside'],
  'put-back': ['put back', 'put_back'],
}

/**
 * Marks messages as done (contract C14), puts them aside, brings them back (C22), or gives back what this session took
 * (C21). Reports each failure, and then returns false. Prints the new paths, unless the next message follows on standard
 * output. A signal ends the command between two messages.
 */
export async function finish(
  files: readonly string[],
  move: Move,
  options: Options,
  context: Context,
  brake: Brake,
): Promise<boolean> {
  const moved: string[] = []
  const isFinished = () => moved.length === files.length
  const signals = holdSignals()
  try {
    for (const file of files) {
      brake.check()
      const path = await moveOne(tidyPath(absolutePath(file, context.cwd())), move, context)
      if (path !== undefined) moved.push(path)
      await signals.arrive()
      if (signals.signal !== undefined) break
    }
  } finally {
    if (!options.next || !isFinished())
      context.out(render(moved, move, options), moved.length > 0 ? 'deed' : undefined)
    signals.release()
  }
  return isFinished()
}

/** Undefined on failure. The other messages are still moved, because each was handled. */
async function moveOne(path: string, move: Move, context: Context): Promise<string | undefined> {
  try {
    if (move === 'put-back') return await (await import('./put-back')).putBack(path, context)
    await requireOwnInbox(path, move, context)
    const take = haveTakes(listNamesIfReadable(inboxOf(path)))
      ? (await import('@cac/core/mailbox/end-take')).endOfTake(path, context)
      : undefined
    const moved = finishMessage(path, move)
    take?.end()
    return moved
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    showFailure(error, context.err)
    return undefined
  }
}

function render(moved: readonly string[], move: Move, options: Options): string {
  const [text, key] = WORDS[move]
  if (options.json) return renderJson({ [key]: moved }, { json: true, compact: options['compact-json'] })
  return moved.map((path) => `${text}: ${pathWord(path)}\n`).join('')
}
