import type { Peer } from '@cac/core/peers/peers-file'
import type { PeerReport } from './report'

/** What probes found out, and when. */
export interface Probes {
  /** ISO 8601. */
  readonly scannedAt: string
  readonly peers: readonly PeerReport[]
}

/** Kept probes. */
export interface KeptProbes extends Probes {
  /** The user (null: none) that ssh logged in as on each peer. Unknown if a script kept the probes. */
  readonly users: readonly unknown[] | undefined
  /** Whether the peers that were reachable were asked for their projects. */
  readonly hasProjects: boolean
  /** Milliseconds since the epoch. */
  readonly keptAt: number
}

/** The question, and the peers that it is about. */
export interface Question {
  readonly peers: readonly Peer[]
  /** Whether these are all the peers of peers.toml. */
  readonly isAboutAll: boolean
  readonly listsProjects: boolean
  /** When peers.toml was last changed, in milliseconds since the epoch. Undefined if there is none. */
  readonly peersChangedAt: number | undefined
}

/**
 * The answer from kept probes, if they were made for the current peers of peers.toml and answer this question (contract
 * B17). Probes that a script kept do not name their users, so they must not be older than peers.toml.
 */
export function answerFrom(kept: KeptProbes, question: Question): Probes | undefined {
  const { peers, isAboutAll, listsProjects, peersChangedAt } = question
  if (isAboutAll && kept.peers.length !== peers.length) return undefined
  if (listsProjects && !kept.hasProjects) return undefined
  if (kept.users === undefined && peersChangedAt !== undefined && peersChangedAt > kept.keptAt)
    return undefined
  const answers: PeerReport[] = []
  for (const peer of peers) {
    const index = kept.peers.findIndex(({ name }) => name === peer.name)
    const answer = kept.peers[index]
    if (answer === undefined || answer.host !== peer.host) return undefined
    if (kept.users !== undefined && kept.users[index] !== (peer.user ?? null)) return undefined
    if (listsProjects && answer.reachable && answer.projects === undefined) return undefined
    answers.push(answer)
  }
  return { scannedAt: kept.scannedAt, peers: answers }
}

/**
 * Reads probes from the text of the cache, which anybody may have written. Undefined if it has another shape. `keptAt`
 * in milliseconds since the epoch.
 */
export function parseProbes(text: string, keptAt: number): KeptProbes | undefined {
  const kept = parseJson(text)
  if (!isObject(kept) || typeof kept.scanned_at !== 'string' || !Array.isArray(kept.peers)) return undefined
  if (!kept.peers.every(isPeerReport)) return undefined
  const users = Array.isArray(kept.ssh_users) ? kept.ssh_users : undefined
  const hasProjects = kept.enumerate_remote ?? kept.peers.some(({ projects }) => projects !== undefined)
  return { scannedAt: kept.scanned_at, peers: kept.peers, users, hasProjects: hasProjects === true, keptAt }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isPeerReport(value: unknown): value is PeerReport {
  return (
    isObject(value) &&
    typeof value.name === 'string' &&
    typeof value.host === 'string' &&
    typeof value.reachable === 'boolean' &&
    (value.error === undefined || typeof value.error === 'string') &&
    (value.projects === undefined ||
      (Array.isArray(value.projects) && value.projects.every((project) => typeof project === 'string')))
  )
}
