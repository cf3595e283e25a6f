import { type ExecOptions, exec, type Result } from '../programs/exec'
import { type Peer, sshTarget } from './peers-file'
import { LOGIN_SHELL_LINE, type RemoteCommand } from './remote-command'

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
  // Nobody listens to a peer that asks for it again: it gets it twice, and reads the second where it needs it.
  return exec('ssh', sshArguments(peer, connectTimeout), { ...options, inputs: [Buffer.from(input + input)] })
}

/**
 * The arguments of such a call, with `further` options. There is no other line for a peer's login shell than this one
 * (contract B49): the command goes to standard input.
 */
export function sshArguments(peer: Peer, connectTimeout: number, further: readonly string[] = []): string[] {
  const options = ['-o', `ConnectTimeout=${connectTimeout}`, '-o', 'BatchMode=yes', ...further]
  return [...options, sshTarget(peer), LOGIN_SHELL_LINE]
}
