import { readFileSync } from 'node:fs'
import { PATH_UNIT, SERVICE_UNIT } from '../../brake/watcher-unit'
import type { Context } from '../../command/context'
import { joinPath } from '../../fs/paths'
import { hasCode } from '../../fs/system-error'

/** The names of the watcher's units and their texts. */
export async function unitTexts(): Promise<readonly (readonly [name: string, text: string])[]> {
  const { default: path } = await import('../../../../../systemd/cross-agent-watch.path?raw')
  const { default: service } = await import('../../../../../systemd/cross-agent-watch.service?raw')
  return [
    [PATH_UNIT, path],
    [SERVICE_UNIT, service],
  ]
}

/** The folder of this user's units. */
export function unitFolder({ home }: Context): string {
  return joinPath(home, '.config/systemd/user')
}

/** Where a unit lies, or would. */
export function unitFile(name: string, context: Context): string {
  return `${unitFolder(context)}/${name}`
}

/** How the units are that somebody installed. Throws the system's error where one cannot be read. */
export async function installedUnits(
  context: Context,
): Promise<readonly { readonly name: string; readonly is: 'absent' | 'current' | 'other' }[]> {
  return (await unitTexts()).map(([name, text]) => {
    const installed = textAt(unitFile(name, context))
    return { name, is: installed === undefined ? 'absent' : installed === text ? 'current' : 'other' }
  })
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
