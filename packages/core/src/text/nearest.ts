import { distance } from 'fastest-levenshtein'

/** The share of the longer name's characters that may differ in a suggested name. */
const MOST_DIFFERENT = 0.4

/**
 * The names most similar to `word`, the nearest first, at most `most`. Empty if none is similar. Case is ignored. A
 * name that begins with `word` counts as near too.
 */
export function nearestNames(word: string, names: Iterable<string>, most = 3): string[] {
  const wanted = word.toLowerCase()
  if (wanted === '') return []
  return [...new Set(names)]
    .map((name) => ({ name, away: distanceTo(wanted, name.toLowerCase()) }))
    .filter(({ away }) => away !== undefined)
    .sort((a, b) => (a.away ?? 0) - (b.away ?? 0) || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name)
}

/** Undefined if the two are not similar. */
function distanceTo(wanted: string, name: string): number | undefined {
  const allowed = Math.round(Math.max(wanted.length, name.length) * MOST_DIFFERENT)
  const isShortForm = wanted.length > 1 && name.startsWith(wanted)
  // The user may type a word of any length. A long one is not compared with each name.
  if (Math.abs(wanted.length - name.length) > allowed) return isShortForm ? allowed : undefined
  const away = distance(wanted, name)
  return away <= allowed ? away : isShortForm ? allowed : undefined
}

/** The nearest name to `word` in a small fixed set, even if none is similar. */
export function nearestOf(word: string, names: readonly [string, ...string[]]): string {
  const [near] = nearestNames(word, names, 1)
  if (near !== undefined) return near
  const wanted = word.slice(0, 100).toLowerCase()
  return names.reduce((best, name) => (distance(wanted, name) < distance(wanted, best) ? name : best))
}
