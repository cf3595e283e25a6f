import { readHalt } from '../brake/halt'
import type { Context } from '../command/context'
import { bad, type Check, ok } from './check'

export function checkBrake({ paths }: Context): Check[] {
  const halt = readHalt(paths)
  if (halt === undefined) return [ok('brake', 'not halted')]
  if ('unreadable' in halt)
    return [
      bad(
        'brake',
        `halted: ${paths.haltFile} is there and cannot be read`,
        'make it a file that can be read, or remove it when the reason is gone',
        'cross-agent-resume',
      ),
    ]
  const reason = halt.reason === '' ? 'halted, without a reason' : `halted: ${halt.reason}`
  return [bad('brake', reason, 'when the reason is gone', 'cross-agent-resume')]
}
