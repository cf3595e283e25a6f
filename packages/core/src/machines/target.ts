import { isMachineName } from '../message/address'
import { type Peer, type PeersFile, sshTarget } from '../peers/peers-file'
import { shellQuote } from '../text/shell'
import { machineUnusable } from './failures'

/** A host as ssh and rsync both read it, and as every shell does: a name, or an address. */
const HOST = /^(?:[A-Za-z0-9_][\w.-]*|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f.:]*(?:%[\w.-]+)?)$/i
const USER = /^[A-Za-z0-9_][\w.$-]*$/
const ADDRESS = /^\d+(?:\.\d+){3}$|:/

export const isHost = (text: string): boolean => HOST.test(text)
export const isUser = (text: string): boolean => USER.test(text)

/** The machine of a command line: how ssh reaches it, and what it is called here. */
export interface Target extends Peer {
  /** Whether somebody chose the name. */
  readonly isNamed: boolean
}

/** Reads `[user@]host` and `--name`. Throws Failure. */
export function readTarget(text: string, name: string | undefined): Target {
  const at = text.lastIndexOf('@')
  const user = at < 0 ? undefined : text.slice(0, at)
  const host = text.slice(at + 1)
  if (!isHost(host) || (user !== undefined && !isUser(user)))
    throw machineUnusable(
      `not a host as ssh takes it: ${text}`,
      'write HOST or USER@HOST; a port or a jump host goes into ~/.ssh/config',
    )
  if (name === undefined && ADDRESS.test(host))
    throw machineUnusable(
      `${host} is an address, and machines are called by names`,
      'choose one with --name NAME',
    )
  const called = name ?? host.split('.')[0] ?? ''
  if (!isMachineName(called))
    throw machineUnusable(
      `no machine can be called ${called}`,
      'choose another name with --name: no dot, comma, slash or blank, and not local',
    )
  return { name: called, host, user, isNamed: name !== undefined }
}

/** A destination or FROM with this machine's name would be ambiguous (contracts B54, C35). `theirs` is its own name. */
export function requireNoTwin(target: Target, theirs: string | undefined, machine: string): void {
  const isOurs = (name: string | undefined) => name?.toLowerCase() === machine.toLowerCase()
  if (isOurs(target.name)) {
    const line = `cross-agent-discover --add ${shellQuote(sshTarget(target))} --name NAME`
    throw machineUnusable(
      `${target.name} is the name of this machine; nothing was changed`,
      `choose another: ${line}`,
    )
  }
  if (!isOurs(theirs)) return
  throw machineUnusable(
    `both machines call themselves ${machine}, so answers would go astray; nothing was changed`,
    [
      'name one of the two with these lines in its ~/.config/cross-agent-comms/peers.toml, and run this line again:',
      '[local]',
      'name = "ANOTHER"',
    ],
  )
}

/** The name under which a machine is in peers.toml already. A given name counts. */
export function knownName(target: Target, file: PeersFile): Target {
  if (target.isNamed) return target
  const known = file.peerNames().find((name) => {
    const peer = readablePeer(name, file)
    return peer?.host === target.host && (target.user === undefined || peer.user === target.user)
  })
  return known === undefined ? target : { ...target, name: known }
}

function readablePeer(name: string, file: PeersFile): Peer | undefined {
  try {
    return file.peer(name)
  } catch {
    // Another machine's table, which is malformed, is not our business.
    return undefined
  }
}
