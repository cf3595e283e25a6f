import { type FSWatcher, watch } from 'node:fs'
import { joinPath } from '../../fs/paths'
import { reasonOf } from '../../fs/system-error'
import { decodeName, toPath } from '../../text/raw-name'
import type { EventListener, EventSource } from './event-source'

/** Watches folders with what node has built in; it tells of names that go as well as of those that come. */
export function startNativeWatch(folders: readonly string[], listener: EventListener): EventSource {
  const watchers: FSWatcher[] = []
  const stop = () => {
    for (const watcher of watchers.splice(0)) watcher.close()
  }
  const end = (error: unknown) => {
    stop()
    listener.ended(reasonOf(error))
  }
  try {
    for (const folder of folders) {
      const watcher = watch(toPath(folder), { encoding: 'buffer' }, (_, name) =>
        listener.appeared([joinPath(folder, name === null ? '' : decodeName(name))]),
      )
      watchers.push(watcher.once('error', end))
    }
    queueMicrotask(listener.ready)
  } catch (error) {
    queueMicrotask(() => end(error))
  }
  return { stop }
}
