import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { machineName } from '../peers/machine-name'
import { type Destination, type Places, resolveDestination } from './destination'

/** A destination, and the word that names it. */
export interface Addressee {
  readonly given: string
  readonly destination: Destination
}

/**
 * The destinations in a list with commas, each once, in the order of the list (contract C29). A project whose name
 * holds commas wins over two others. Throws Failure if any of them cannot be used: exit 2 for a bad or unknown one.
 */
export async function resolveSeveral(text: string, places: Places, context: Context): Promise<Addressee[]> {
  const found = new Map<string, Addressee>()
  for (const given of splitDestinations(text, places, context)) {
    const destination = await resolveDestination(given, places, context)
    // No project's name holds a line break.
    const place = `${destination.peer?.name ?? ''}\n${destination.project}`
    if (!found.has(place)) found.set(place, { given, destination })
  }
  return [...found.values()]
}

/**
 * The destination of a message that has its own header: always one, for its header is signed as it is. Throws Failure as
 * `resolveDestination` does.
 */
export async function resolveOnly(text: string, places: Places, context: Context): Promise<Destination> {
  try {
    return await resolveDestination(text, places, context)
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'destination-unusable') throw error
    if (splitDestinations(text, places, context).length < 2) throw error
    const hint =
      'a message with its own header goes to one destination: send it to each, or let send write the header'
    throw new Failure(error.kind, { message: error.message, hint: [hint, ...error.hints] }, error)
  }
}

function splitDestinations(text: string, places: Places, context: Context): string[] {
  const parts = text.split(',')
  const known = projectsWithCommas(places)
  if (known.length === 0) return parts
  const isKnown = (word: string) => known.includes(projectIn(word, places, context))
  const words: string[] = []
  for (let at = 0; at < parts.length; ) {
    // The longest name that begins here wins.
    const most = Math.min(parts.length - at, Math.max(...known.map((name) => name.split(',').length)))
    let count = most
    while (count > 1 && !isKnown(parts.slice(at, at + count).join(','))) count--
    words.push(parts.slice(at, at + count).join(','))
    at += count
  }
  return words
}

/** On peers, only the projects that peers.toml places are known. */
function projectsWithCommas({ projects, peers }: Places): string[] {
  return [...new Set([...projects.names(), ...peers.placedProjects()])].filter((name) => name.includes(','))
}

/** The project in a destination; the word itself if what comes before its first dot names no machine. */
function projectIn(word: string, { peers }: Places, context: Context): string {
  const dot = word.indexOf('.')
  const name = word.slice(0, Math.max(0, dot))
  return ['local', machineName(peers, context), ...peers.peerNames()].includes(name)
    ? word.slice(dot + 1)
    : word
}
