import type { Brake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure, showFailure } from '@cac/core/command/failure'
import { absolutePath, tidyPath } from '@cac/core/fs/paths'
import { finishMessage } from '@cac/core/mailbox/done'
import { holdSignals } from '@cac/core/programs/interruption'
import { requireOwnInbox } from '@cac/core/project/recipient'
import { pathWord } from '@cac/core/text/shell'
import { renderJson } from './decision'
import type { Options } from './options'

/**
 * Marks messages as done. Reports each failure, and then returns false. Prints the new paths, unless the next message
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
      const path = await finishOne(tidyPath(absolutePath(file, context.cwd())), context)
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
async function finishOne(path: string, context: Context): Promise<string | undefined> {
  try {
    await requireOwnInbox(path, context)
    return finishMessage(path)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    showFailure(error, context.err)
    return undefined
  }
}

function render(done: readonly string[], options: Options): string {
  if (options.json) return renderJson({ done }, { json: true, compact: options['compact-json'] })
  return done.map((path) => `done: ${pathWord(path)}\n`).join('')
}

function signalsArrive(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
