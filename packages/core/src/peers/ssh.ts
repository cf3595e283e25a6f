import { allWords, type ExecOptions, exec, lastWords, type Result } from '../programs/exec'
import { type Peer, sshTarget } from './peers-file'
import { LOGIN_SHELL_LINE, type RemoteCommand } from './remote-command'

/** The time limit for ssh to print the user's settings for a host, in milliseconds. */
const TIME_LIMIT = 5000
/** The most bytes of the socket's path. ssh adds seventeen while it creates the socket (contract C20). */
const LONGEST_SOCKET = 104 - 17

/** ssh ends a connection that is silent for so long. The programs that share it cannot change that (contract B12). */
const KEEP_ALIVE = ['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3']

/**
 * Runs a command on a peer, without ever asking for a password. `connectTimeout` in seconds; the whole call is bounded
 * by `options.timeout` in milliseconds.
 */
export function ssh(
  peer: Peer,
  { input }: RemoteCommand,
  connectTimeout: number,
  options: ExecOptions,
): Promise<Result> {
  // Nobody hears a peer that asks again. So it gets the command twice, and reads the second copy if it needs it.
  return exec('ssh', sshArguments(peer, connectTimeout), { ...options, inputs: [Buffer.from(input + input)] })
}

/**
 * The arguments of such a call, with `further` options. A peer's login shell gets no other line than this one (contract
 * B49). The command goes to standard input.
 */
export function sshArguments(peer: Peer, connectTimeout: number, further: readonly string[] = []): string[] {
  const options = ['-o', `ConnectTimeout=${connectTimeout}`, '-o', 'BatchMode=yes', ...further]
  return [...options, sshTarget(peer), LOGIN_SHELL_LINE]
}

/**
 * The arguments of a call that may ask for a password or about a host key, on the terminal. It lends the peer nothing of
 * ours: no agent, no forwarded port.
 */
export function askingArguments(peer: Peer, connectTimeout: number, mayAsk: boolean): string[] {
  const lent = ['-o', 'ForwardAgent=no', '-o', 'ForwardX11=no', '-o', 'ClearAllForwardings=yes']
  if (!mayAsk) return sshArguments(peer, connectTimeout, lent)
  return ['-o', `ConnectTimeout=${connectTimeout}`, ...lent, sshTarget(peer), LOGIN_SHELL_LINE]
}

/** The user that ssh logs in as, by its own settings. Undefined if ssh does not say. */
export async function userOfSsh(peer: Peer, options: Options): Promise<string | undefined> {
  const { exitCode, stdout } = await sshSettings(peer, options)
  return exitCode === 0 ? /^user (\S+)$/m.exec(stdout)?.[1] : undefined
}

function sshSettings(peer: Peer, options: Options): Promise<Result> {
  return exec('ssh', ['-G', sshTarget(peer)], { ...options, timeout: TIME_LIMIT })
}

/** The ssh options of a shared connection, for the program that opens it and for those that use it. */
export interface SharedConnection {
  readonly making: readonly string[]
  /** For a command line that is split at blanks. */
  readonly using: string
}

type Options = Pick<ExecOptions, 'env' | 'interruption' | 'isHalted'>

/** Whether the user's settings let us share a connection. Otherwise their own socket for that host is used. */
export async function leavesConnectionToUs(peer: Peer, options: Options): Promise<boolean> {
  const settings = await sshSettings(peer, options)
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

/** Lines of ssh and shells that are not errors (contract B63). */
const NOISE = [
  /^warning: permanently added /i,
  /^\*\* (?:warning: connection is not using a post-quantum|this session may be vulnerable|the server may need to be upgraded)/i,
  /^debug[123]: /,
  /^(?:shared )?connection to \S+ closed\.?$/i,
  /^controlsocket \S+ already exists, disabling multiplexing$/i,
  /^mux_client_(?:hello_exchange|request_session|read_packet)/,
  /^pseudo-terminal will not be allocated/i,
  /^x11 forwarding request failed/i,
  /\bwarning: setlocale: /i,
  /^could not chdir to home directory /i,
]

/** The last line on a program's standard error that may be the reason for its failure, else its exit code. */
export function lastWordsOfSsh(result: Result): string {
  return lastWords(withoutNoise(result))
}

/** All such lines, on one line and escaped. */
export function allWordsOfSsh(result: Result): string {
  return allWords(withoutNoise(result))
}

function withoutNoise(result: Result): Result {
  const lines = result.stderr.split('\n')
  const telling = lines.filter((line) => !NOISE.some((noise) => noise.test(line.trim())))
  return telling.length === lines.length ? result : { ...result, stderr: telling.join('\n') }
}
