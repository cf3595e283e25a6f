import type { Context } from '../command/context'
import { absent, bad, type Check, ok } from './check'

/** The oldest node that these commands are made and tested for, by its first number: `engines` of package.json. */
const OLDEST = 20
/**
 * The last day on which a line of node is looked after, by its first number, as node's project has announced it. Of
 * a line that is not here nothing is said.
 */
const END_OF_LIFE: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
}
const DAY = 24 * 60 * 60 * 1000

/** Whether this node is one for which these commands are made. One past its end of life is, and it is said (B70). */
export function checkNode({ program, now }: Context): Check[] {
  const { version } = program
  const line = Number(/^v(\d+)\./.exec(version)?.[1])
  if (line < OLDEST) {
    const said = `${version} is past its end of life and too old: these commands need node ${OLDEST} or newer`
    return [bad('node', said, 'install a newer node, then these commands again')]
  }
  const end = END_OF_LIFE[line]
  if (end === undefined || Date.parse(end) + DAY > now()) return [ok('node', version)]
  return [absent('node', `${version} works; its end of life was ${end}: holes in it are no longer mended`)]
}
