import type { Context } from '../command/context'
import { textIfThere } from '../fs/files'
import { joinPath } from '../fs/paths'
import { PATH_UNIT, SERVICE_UNIT } from './watcher-unit'

export const RETRY_TIMER = 'cross-agent-retry.timer'
export const RETRY_SERVICE = 'cross-agent-retry.service'
/** The services that call one of our programs. */
export const SERVICES = [SERVICE_UNIT, RETRY_SERVICE]

/** The name of a unit and its text. */
export type Unit = readonly [name: string, text: string]

/** The watcher's units, and with `retries` those that send again what could not be sent (contracts C19, C2). */
export async function unitTexts(retries: boolean): Promise<readonly Unit[]> {
  const { default: path } = await import('../../../../systemd/cross-agent-watch.path?raw')
  const { default: service } = await import('../../../../systemd/cross-agent-watch.service?raw')
  const watcher = [
    [PATH_UNIT, path],
    [SERVICE_UNIT, service],
  ] as const
  if (!retries) return watcher
  const { default: timer } = await import('../../../../systemd/cross-agent-retry.timer?raw')
  const { default: retry } = await import('../../../../systemd/cross-agent-retry.service?raw')
  return [...watcher, [RETRY_TIMER, timer], [RETRY_SERVICE, retry]]
}

/** The folder of this user's units. */
export function unitFolder({ home }: Context): string {
  return joinPath(home, '.config/systemd/user')
}

/** Where a unit lies, or would. */
export function unitFile(name: string, context: Context): string {
  return `${unitFolder(context)}/${name}`
}

/** Where a service is told where the programs are. */
export function dropInFolder(service: string, context: Context): string {
  return `${unitFile(service, context)}.d`
}

/** How the units are that somebody installed. Throws the system's error where one cannot be read. */
export async function installedUnits(
  retries: boolean,
  context: Context,
): Promise<readonly { readonly name: string; readonly is: 'absent' | 'current' | 'other' }[]> {
  return (await unitTexts(retries)).map(([name, text]) => {
    const installed = textIfThere(unitFile(name, context))
    return { name, is: installed === undefined ? 'absent' : installed === text ? 'current' : 'other' }
  })
}
