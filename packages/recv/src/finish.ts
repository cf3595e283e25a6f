import type { Brake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure, showFailure } from '@cac/core/command/failure'
import { listNamesIfReadable } from '@cac/core/fs/folder'
import { absolutePath, tidyPath } from '@cac/core/fs/paths'
import { finishMessage } from '@cac/core/mailbox/done'
import { haveTakes } from '@cac/core/mailbox/take-name'
import { inboxOf } from '@cac/core/message/done-name'
import { holdSignals } from '@cac/core/programs/interruption'
import { requireOwnInbox } from '@cac/core/project/recipient'
import { pathWord } from '@cac/core/text/shell'
import { renderJson } from './decision'
import type { Options } from './options'

/**
 * Marks messages as done, or gives back what this session took. Reports each failure, and then returns false. Prints the new paths, unless the next message
 * follows on standard output. A signal ends the command between two messages.
 */
export async function finish(
  files: readonly string[],
  options: Options,
  context: Context,
  brake: Brake,
): Promise<boolean> {
  const done: string[] = []
  const isFinished = () => done.length === files.length
  const signals = holdSignals()
  try {
    for (const file of files) {
      brake.check()
      const path = await finishOne(tidyPath(absolutePath(file, context.cwd())), options, context)
      if (path !== undefined) done.push(path)
      await signalsArrive()
      if (signals.signal !== undefined) break
    }
  } finally {
    if (!options.next || !isFinished())
      context.out(render(done, options), done.length > 0 ? 'deed' : undefined)
    signals.release()
  }
  return isFinished()
}

/** Undefined on failure. The other messages are still finished, because each was handled. */
async function finishOne(path: string, options: Options, context: Context): Promise<string | undefined> {
  try {
    if (options['put-back']) return await giveBack(path, context)
    await requireOwnInbox(path, context)
    const take = haveTakes(listNamesIfReadable(inboxOf(path)))
      ? (await import('@cac/core/mailbox/end-take')).endOfTake(path, context)
      : undefined
    const finished = finishMessage(path)
    take?.end()
    return finished
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    showFailure(error, context.err)
    return undefined
  }
}

async function giveBack(path: string, context: Context): Promise<string> {
  const { giveBackTake } = await import('@cac/core/mailbox/end-take')
  if (giveBackTake(path, context)) return path
  throw (await import('@cac/core/mailbox/take-failures')).notPutBack(path)
}

function render(done: readonly string[], options: Options): string {
  const [text, key] = options['put-back'] ? ['put back', 'put_back'] : ['done', 'done']
  if (options.json) return renderJson({ [key]: done }, { json: true, compact: options['compact-json'] })
  return done.map((path) => `${text}: ${pathWord(path)}\n`).join('')
}

function signalsArrive(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
