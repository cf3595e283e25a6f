import { type ExecOptions, exec, type Result } from '../programs/exec'
import { type Peer, sshTarget } from './peers-file'

/**
 * Runs a command in the peer's login shell, without ever asking for a password. `connectTimeout` in seconds;
 * the whole call is bounded by `options.timeout` in milliseconds.
 */
export function ssh(
  peer: Peer,
  command: string,
  connectTimeout: number,
  options: ExecOptions,
): Promise<Result> {
  return exec('ssh', sshArguments(peer, command, connectTimeout), options)
}

/** The arguments of such a call, with `further` options. */
export function sshArguments(
  peer: Peer,
  command: string,
  connectTimeout: number,
  further: readonly string[] = [],
): string[] {
  const options = ['-o', `ConnectTimeout=${connectTimeout}`, '-o', 'BatchMode=yes', ...further]
  return [...options, sshTarget(peer), command]
}
