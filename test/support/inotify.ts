import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { until } from './until'

/** How many folders the kernel watches for a process. */
export function watchedFolders({ pid }: Pick<ChildProcess, 'pid'>): number {
  const infos = `/proc/${pid}/fdinfo`
  const count = (name: string) => {
    try {
      return readFileSync(`${infos}/${name}`, 'utf8').match(/^inotify wd:/gm)?.length ?? 0
    } catch {
      // Closed since the listing.
      return 0
    }
  }
  return namesIn(infos)
    .map(count)
    .reduce((sum, found) => sum + found, 0)
}

/** Empty if the process has ended. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Waits until the kernel watches that many folders for a process: what comes from now on is an event to it. */
export async function untilWatching(child: ChildProcess, folders = 1): Promise<void> {
  await until(() => watchedFolders(child) >= folders, `${folders} folders are watched`)
}
