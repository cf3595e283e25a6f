import type { Context } from '../command/context'
import { bad, type Check, ok } from './check'

/** The last day on which a line of node is looked after, by its first number. Later lines have theirs ahead. */
const END_OF_LIFE: Readonly<Record<number, string>> = {
  18: '2025-04-30',
  19: '2023-06-01',
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
}
const DAY = 24 * 60 * 60 * 1000

export function checkNode({ program, now }: Context): Check[] {
  const { version } = program
  const line = Number(/^v(\d+)\./.exec(version)?.[1])
  const end = END_OF_LIFE[line] ?? (line < 18 ? 'long ago' : undefined)
  const isOver = end !== undefined && !(Date.parse(end) + DAY > now())
  if (!isOver) return [ok('node', version)]
  const said = `${version} is past its end of life (${end}): holes in it are no longer mended`
  return [bad('node', said, 'install a newer node, then these commands again')]
}
