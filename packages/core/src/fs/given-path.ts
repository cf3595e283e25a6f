import { fromPathWord } from '../text/shell'
import { isTaken } from './durable'
import { tidyPath } from './paths'

/** A path as it was given: as it is, or, where nothing lies there, in the quotes in which we print it (contract B68). */
export function givenPath(given: string): string {
  const isQuoted = given.endsWith("'") && (given.startsWith("'") || given.startsWith("$'"))
  const meant = isQuoted && !isThere(given) ? fromPathWord(given) : undefined
  return tidyPath(meant ?? given)
}

function isThere(path: string): boolean {
  try {
    return isTaken(path)
  } catch {
    return false
  }
}
