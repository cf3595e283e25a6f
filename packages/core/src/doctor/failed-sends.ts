import type { Context } from '../command/context'
import { readRegularFile } from '../fs/files'
import { listNamesIfThere } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { sortText } from '../text/python-text'
import { bad, type Check, counted, ok, shellWord } from './check'

const NAME = 'failed sends'

/** What is kept of sends that failed for good. */
export function checkFailedSends({ paths: { failedSends } }: Context): Check[] {
  const markers = sortText(listNamesIfThere(failedSends).filter((name) => /^[^.].*\.json$/.test(name)))
  const last = markers.at(-1)
  if (last === undefined) return [ok(NAME, 'none')]
  const marker = joinPath(failedSends, last)
  return [
    bad(
      NAME,
      `${counted(markers.length, 'send', 'sends')} failed for good, the last ${reasonIn(marker)}`,
      'put that right, send the message again and remove the marker',
      `ls ${shellWord(failedSends)}`,
    ),
  ]
}

/** Markers may be the scripts' own, or anything. */
function reasonIn(marker: string): string {
  try {
    const value: unknown = JSON.parse(readRegularFile(marker).toString())
    const { destination, error }: { destination?: unknown; error?: unknown } = Object(value)
    return `to ${String(destination).slice(0, 200)}: ${String(error).slice(0, 500)}`
  } catch {
    return `by a marker that cannot be read: ${marker}`
  }
}
