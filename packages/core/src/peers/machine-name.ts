import type { Context } from '../command/context'
import type { PeersFile } from './peers-file'

/**
 * The name of this machine in FROM, TO and destinations: `[local] name`, else the short host name (contract C35). Throws
 * Failure if peers.toml has a malformed one, because an address must not name a machine by guess.
 */
export function machineName(peers: PeersFile, { hostName }: Pick<Context, 'hostName'>): string {
  return peers.localName() ?? hostName
}
