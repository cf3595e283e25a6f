import { nearestNames } from '../text/nearest'
import { allOptions } from './command-line'
import type { CommandTable } from './table'

/**
 * The options of a command that are most like words which are none: those that may have been meant. A word may lack
 * the hyphens.
 */
export function nearestFlags(words: readonly string[], table: CommandTable): string[] {
  const flags = allOptions(table).map(([flag]) => flag)
  const names = words.map((word) => word.replace(/^-+|=.*/gs, ''))
  return [...new Set(names.flatMap((name) => nearestNames(name, flags, 1)))].map((flag) => `--${flag}`)
}
