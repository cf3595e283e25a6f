import { type ExecOptions, exec } from '../programs/exec'
import { type Peer, sshTarget } from './peers-file'

/** Milliseconds in which ssh prints the user's settings for a host. */
const TIME_LIMIT = 5000
/** Bytes that the path of the socket may have: while it makes it, ssh adds seventeen to it (contract C20). */
const LONGEST_SOCKET = 104 - 17

/** ssh ends a connection over which nothing comes for that long: what shares it has no say in that (contract B12). */
const KEEP_ALIVE = ['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3']

/** The ssh options of a connection that is shared, for what makes it and for what uses it. */
export interface SharedConnection {
  readonly making: readonly string[]
  /** For a command line that is split at blanks. */
  readonly using: string
}

type Options = Pick<ExecOptions, 'env' | 'interruption' | 'isHalted'>

/** Whether the user's settings leave the connection to a peer to us: their own socket for that host is used then. */
export async function leavesConnectionToUs(peer: Peer, options: Options): Promise<boolean> {
  const settings = await exec('ssh', ['-G', sshTarget(peer)], { ...options, timeout: TIME_LIMIT })
  return settings.exitCode === 0 && !/^controlpath (?!none$)/im.test(settings.stdout)
}

/**
 * How the steps of a send share one connection, by a socket in a private folder (contract C20). Undefined where the
 * path would not do.
 */
export function shareConnection(privateFolder: string): SharedConnection | undefined {
  const socket = `${privateFolder}/ssh`
  if (Buffer.byteLength(socket) > LONGEST_SOCKET || !/^[\w./+-]+$/.test(socket)) return undefined
  const path = ['-o', `ControlPath=${socket}`]
  return {
    making: ['-o', 'ControlMaster=yes', ...path, '-o', 'ControlPersist=no', ...KEEP_ALIVE],
    using: path.join(' '),
  }
}
