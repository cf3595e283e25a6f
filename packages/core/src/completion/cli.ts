import { processContext } from '../command/context'
import { completionValues } from './values'

/** `COMMAND --completion-values KIND WORD`, see command/load-main.ts. What cannot be found out is not offered. */
async function main(): Promise<void> {
  const context = processContext()
  const [, kind = '', word = ''] = context.argv
  context.out(await completionValues(kind, word, context))
}

main().catch(() => {})
