import { fromPathWord } from '../text/shell'
import { isTaken } from './durable'
import { tidyPath } from './paths'

/** A path from the command line. If it does not exist, removes the quotes in which we print paths (contract B68). */
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
