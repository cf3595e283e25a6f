import { nearestNames } from '../text/nearest'
import { allOptions } from './command-line'
import type { CommandTable } from './table'

/** The options of a command that are most like words which are none: those that may have been meant. */
export function nearestFlags(words: readonly string[], table: CommandTable): string[] {
  const flags = allOptions(table).map(([flag]) => `--${flag}`)
  return [...new Set(words.flatMap((word) => nearestNames(word.replace(/=.*/s, ''), flags, 1)))]
}
