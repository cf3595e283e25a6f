import { lstatSync } from 'node:fs'
import { readHalt } from '../brake/halt'
import type { Context } from '../command/context'
import type { Paths } from '../fs/paths'
import { toPath } from '../text/raw-name'
import { bad, type Check, ok, shellWord } from './check'

const NAME = 'brake'
const RESUME = 'cross-agent-resume'

export function checkBrake({ paths }: Context): Check[] {
  const halt = readHalt(paths)
  if (halt === undefined) return [ok(NAME, 'not halted')]
  if ('unreadable' in halt) return [unreadable(paths)]
  const reason = halt.reason === '' ? 'halted, without a reason' : `halted: ${halt.reason}`
  return [bad(NAME, reason, 'when the reason is gone', RESUME)]
}

function unreadable({ configDir, haltFile }: Paths): Check {
  const said = `halted: ${haltFile} is there and cannot be read`
  try {
    if (!lstatSync(toPath(haltFile)).isDirectory())
      return bad(NAME, said, 'make it a file that can be read, or remove it when the reason is gone', RESUME)
    const words = `when the reason is gone, move this folder away: ${RESUME} removes files only`
    return bad(NAME, said, words, `mv ${shellWord(haltFile)} ${shellWord(`${haltFile}.away`)}`)
  } catch {
    const unclear = `halted: ${haltFile} may be there, and cannot be read`
    return bad(NAME, unclear, 'let yourself look into that folder', `ls -ld ${shellWord(configDir)}`)
  }
}
