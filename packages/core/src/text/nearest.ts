import { distance } from 'fastest-levenshtein'

/** Of the longer name's characters, how many may differ in a name that is suggested. */
const MOST_DIFFERENT = 0.4

/**
 * The names that are most like `word`, the nearest first, at most `most`. None where none is like it. Upper and lower
 * case are alike. A name that `word` is the beginning of counts as near too.
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

/** Undefined where the two are not alike. */
function distanceTo(wanted: string, name: string): number | undefined {
  const allowed = Math.round(Math.max(wanted.length, name.length) * MOST_DIFFERENT)
  const isShortForm = wanted.length > 1 && name.startsWith(wanted)
  // The word is whatever was typed, of any length: a long one is not compared with each name.
  if (Math.abs(wanted.length - name.length) > allowed) return isShortForm ? allowed : undefined
  const away = distance(wanted, name)
  return away <= allowed ? away : isShortForm ? allowed : undefined
}

/** The name of a small fixed set that is nearest to `word`, even where none is like it. */
export function nearestOf(word: string, names: readonly [string, ...string[]]): string {
  const [near] = nearestNames(word, names, 1)
  if (near !== undefined) return near
  const wanted = word.slice(0, 100).toLowerCase()
  return names.reduce((best, name) => (distance(wanted, name) < distance(wanted, best) ? name : best))
}
