import type { Paths } from '@cac/core/fs/paths'
import { compareText } from '../text/python-text'
import { type Peer, readPeersFile } from './peers-file'

/** A name of peers.toml. */
export interface Entry {
  readonly name: string
  /** The peer of that name. Throws Failure where it is malformed (contract B13). */
  peer(): Peer
}

/** The peers of peers.toml by name; no file, no peers. Throws Failure where it cannot be read. */
export async function listPeers(paths: Paths): Promise<Entry[]> {
  const file = await readPeersFile(paths, 'cannot parse peers.toml')
  const peer = (name: string): Peer => {
    const found = file.peer(name)
    if (found === undefined) throw new Error(`no peer ${name} in peers.toml`)
    return found
  }
  const names = file.peerNames().sort(compareText)
  return names.map((name) => ({ name, peer: () => peer(name) }))
}
