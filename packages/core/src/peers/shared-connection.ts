import { type ExecOptions, exec } from '../programs/exec'
import { type Peer, sshTarget } from './peers-file'

/** The time limit for ssh to print the user's settings for a host, in milliseconds. */
const TIME_LIMIT = 5000
/** The most bytes of the socket's path. ssh adds seventeen while it creates the socket (contract C20). */
const LONGEST_SOCKET = 104 - 17

/** ssh ends a connection that is silent for so long. The programs that share it cannot change that (contract B12). */
const KEEP_ALIVE = ['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3']

/** The ssh options of a shared connection, for the program that opens it and for those that use it. */
export interface SharedConnection {
  readonly making: readonly string[]
  /** For a command line that is split at blanks. */
  readonly using: string
}

type Options = Pick<ExecOptions, 'env' | 'interruption' | 'isHalted'>

/** Whether the user's settings let us share a connection. Otherwise their own socket for that host is used. */
export async function leavesConnectionToUs(peer: Peer, options: Options): Promise<boolean> {
  const settings = await exec('ssh', ['-G', sshTarget(peer)], { ...options, timeout: TIME_LIMIT })
  return settings.exitCode === 0 && !/^controlpath (?!none$)/im.test(settings.stdout)
}

/**
 * How the steps of a send share one connection, by a socket in a private folder (contract C20). Undefined if the path
 * is not usable.
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
