import { type ExecOptions, exec, type Result } from './exec'
import type { Peer } from './peers'

/** The peer as ssh and rsync address it: `user@host`, or the host alone. */
export function sshTarget({ host, user }: Peer): string {
  return user === undefined || user === '' ? host : `${user}@${host}`
}

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
