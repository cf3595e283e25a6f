import type { Context } from '../command/context'

/**
 * Whether launchd starts this user's services, and not systemd. The only place that decides it. Where neither is, the
 * words of systemctl's absence say what to do instead.
 */
export function usesLaunchd({ platform }: Context): boolean {
  return platform === 'darwin'
}
