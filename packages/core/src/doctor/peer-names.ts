import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { isMachineName } from '../message/address'
import { machineName } from '../peers/machine-name'
import { type Peer, PeersFile } from '../peers/peers-file'
import { TomlFile } from '../peers/toml-file'
import { bad, type Check } from './check'
import type { PeerAnswer } from './peer-answer'

/** Most characters that are read of a peer's `[local]`. The peer's script sends fewer. */
const MOST_TEXT = 8 * 1024

/** What a peer calls itself in FROM. */
export interface NamedPeer {
  readonly peer: Peer
  /** Undefined if it did not say, or not well. */
  readonly machine: string | undefined
  readonly home: string | undefined
}

export async function namedPeer({
  peer,
  answer,
}: {
  readonly peer: Peer
  readonly answer: PeerAnswer | undefined
}): Promise<NamedPeer> {
  return { peer, machine: answer && (await nameIn(answer)), home: answer?.home }
}

/** By the rules that the peer's own commands use. */
async function nameIn({ hostName, local }: PeerAnswer): Promise<string | undefined> {
  const [host = ''] = (hostName ?? '').split('.')
  if (local === undefined || !isMachineName(host)) return undefined
  try {
    const file = new PeersFile(await TomlFile.parse(local.slice(0, MOST_TEXT), 'its peers.toml'))
    return machineName(file, { hostName: host })
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** This machine's name. Undefined if peers.toml has a malformed one, which another check reports. */
export function machineIfSound(file: PeersFile, context: Context): string | undefined {
  try {
    return machineName(file, context)
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** Adds to what is well what the peer calls itself, if peers.toml calls it otherwise: its FROM has that name. */
export function withOwnName(named: NamedPeer | undefined): (check: Check) => Check {
  const { machine, peer } = named ?? {}
  if (machine === undefined || machine === peer?.name) return (check) => check
  return (check) =>
    check.state === 'ok' ? { ...check, said: `${check.said}, calls itself ${machine}` } : check
}

/**
 * The machines that have the name of the peer at `index`: this one, which is called `here`, and earlier peers (contract
 * C35). Two peers may be one machine under two names: only homes that surely differ count.
 */
export function twinChecks(all: readonly NamedPeer[], index: number, here: string | undefined): Check[] {
  const one = all[index]
  if (one?.machine === undefined) return []
  const name = one.machine.toLowerCase()
  const isTwin = ({ machine, home }: NamedPeer) =>
    machine?.toLowerCase() === name && home !== undefined && one.home !== undefined && home !== one.home
  const others = [
    ...(here?.toLowerCase() === name ? ['this machine'] : []),
    ...all.slice(0, index).flatMap((other) => (isTwin(other) ? [`peer ${other.peer.name}`] : [])),
  ]
  return others.map((other) =>
    bad(
      `peer ${one.peer.name}`,
      `it calls itself ${one.machine}, and so does ${other}: nobody can tell whom to answer`,
      'name one of the two, in its ~/.config/cross-agent-comms/peers.toml: [local] name',
    ),
  )
}
