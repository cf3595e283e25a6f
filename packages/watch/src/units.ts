import { PATH_UNIT, SERVICE_UNIT } from '@cac/core/brake/watcher-unit'
import type { Context } from '@cac/core/command/context'
import { joinPath } from '@cac/core/fs/paths'

export const RETRY_TIMER = 'cross-agent-retry.timer'
export const RETRY_SERVICE = 'cross-agent-retry.service'
/** The services that call one of our programs. */
export const SERVICES = [SERVICE_UNIT, RETRY_SERVICE]

/** The name of a unit and its text. */
export type Unit = readonly [name: string, text: string]

/** The watcher's units, and with `retries` those that send again what could not be sent (contracts C19, C2). */
export async function unitTexts(retries: boolean): Promise<readonly Unit[]> {
  const { default: path } = await import('../../../systemd/cross-agent-watch.path?raw')
  const { default: service } = await import('../../../systemd/cross-agent-watch.service?raw')
  const watcher = [
    [PATH_UNIT, path],
    [SERVICE_UNIT, service],
  ] as const
  if (!retries) return watcher
  const { default: timer } = await import('../../../systemd/cross-agent-retry.timer?raw')
  const { default: retry } = await import('../../../systemd/cross-agent-retry.service?raw')
  return [...watcher, [RETRY_TIMER, timer], [RETRY_SERVICE, retry]]
}

export function unitFolder({ home }: Context): string {
  return joinPath(home, '.config/systemd/user')
}

export function unitFile(name: string, context: Context): string {
  return `${unitFolder(context)}/${name}`
}

/** Where a service is told where the programs are. */
export function dropInFolder(service: string, context: Context): string {
  return `${unitFile(service, context)}.d`
}
