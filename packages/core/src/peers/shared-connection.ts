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

/**
 * How the steps of a send share one connection, by a socket in a private folder (contract C20). Undefined where the
 * user's settings for that host have a socket of their own, which is used then, or where the path would not do.
 */
export async function shareConnection(
  peer: Peer,
  privateFolder: string,
  options: Pick<ExecOptions, 'env' | 'interruption' | 'isHalted'>,
): Promise<SharedConnection | undefined> {
  const socket = `${privateFolder}/ssh`
  if (Buffer.byteLength(socket) > LONGEST_SOCKET || !/^[\w./+-]+$/.test(socket)) return undefined
  const settings = await exec('ssh', ['-G', sshTarget(peer)], { ...options, timeout: TIME_LIMIT })
  if (settings.exitCode !== 0 || /^controlpath (?!none$)/im.test(settings.stdout)) return undefined
  const path = ['-o', `ControlPath=${socket}`]
  return {
    making: ['-o', 'ControlMaster=yes', ...path, '-o', 'ControlPersist=no', ...KEEP_ALIVE],
    using: path.join(' '),
  }
}
