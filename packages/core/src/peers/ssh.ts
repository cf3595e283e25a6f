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
  const args = ['-o', `ConnectTimeout=${connectTimeout}`, '-o', 'BatchMode=yes', sshTarget(peer), command]
  return exec('ssh', args, options)
}
