import type { TomlChange } from '../peers/edit-toml'
import { type Peer, type PeersFile, sshTarget } from '../peers/peers-file'
import { machineUnusable } from './failures'

/** What peers.toml says of another machine: its table, and its key among the trusted ones. */
export interface Entry {
  /** Undefined if the table is not wanted. */
  readonly peer: Peer | undefined
  /** A fingerprint; undefined if the machine has no key. */
  readonly signer: string | undefined
}

/** Whether peers.toml restricts whom to trust, and what it lacks of an entry. Throws Failure if it is malformed. */
export async function missingIn(
  file: PeersFile,
  { peer, signer }: Entry,
): Promise<{ readonly hasTrust: boolean; readonly changes: readonly TomlChange[] }> {
  const changes: TomlChange[] = []
  if (peer !== undefined && !isKnown(peer, file)) {
    const keys = { host: peer.host, ...(peer.user === undefined ? {} : { ssh_user: peer.user }) }
    changes.push({ table: ['peers', peer.name], keys })
  }
  const trust = await file.trust()
  if (trust !== undefined && signer !== undefined && !trust.signers.has(signer))
    changes.push({ list: ['trust', 'signers'], items: [signer] })
  return { hasTrust: trust !== undefined, changes }
}

/** Throws Failure if the name is that of another machine. */
function isKnown(peer: Peer, file: PeersFile): boolean {
  const known = file.peer(peer.name)
  if (known === undefined) return false
  const isSameUser = known.user === undefined || peer.user === undefined || known.user === peer.user
  if (known.host === peer.host && isSameUser) return true
  throw machineUnusable(
    `${peer.name} is another machine already: ${sshTarget(known)}; nothing was changed`,
    'choose another name with --name NAME, or take [peers.NAME] out of peers.toml first',
  )
}

/** A change of peers.toml, in words. */
export function wordsOfChange(change: TomlChange): string {
  if ('table' in change) return `add [${change.table.join('.')}]`
  return `add ${change.items.join(', ')} to [trust] signers`
}
