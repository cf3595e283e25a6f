import { type FSWatcher, watch } from 'node:fs'
import { joinPath } from '../../fs/paths'
import { reasonOf } from '../../fs/system-error'
import { Program } from '../../programs/program'
import { decodeName, toPath } from '../../text/raw-name'

/** Reports changes in folders: only hints, because any may be lost. */
export interface EventSource {
  /** Ends it. No callback follows. */
  stop(): void
}

export interface EventListener {
  /** From now on changes are reported. */
  ready(): void
  /** Something seems to have appeared at these paths. Paths reported together arrive together. */
  appeared(paths: readonly string[]): void
  /** It has ended by itself and reports nothing more. */
  ended(reason: string): void
}

/** inotifywait prints this on standard error when the kernel has begun to report. */
const READY = /^Watches established/m

/**
 * Watches folders with inotifywait, called as the script calls it. A name with a newline arrives as two paths, neither
 * of which is real: the listener must check the folder itself.
 */
export function startInotifywait(
  folders: readonly string[],
  listener: EventListener,
  env: Readonly<Record<string, string | undefined>>,
): EventSource {
  const args = ['-m', '-e', 'create,moved_to', '--format', '%w%f', ...folders]
  const program = new Program('inotifywait', args, { env: { ...env, LC_ALL: 'C' }, output: 'heard' })
  let rest: Buffer = Buffer.alloc(0)
  let isStopped = false
  let isReady = false
  const end = (reason: string) => {
    if (isStopped) return
    isStopped = true
    listener.ended(reason)
  }
  program.onWords((words) => {
    if (isStopped || isReady || !READY.test(words)) return
    isReady = true
    listener.ready()
  })
  // Bytes, because names need not be UTF-8.
  program.stdout?.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const paths: string[] = []
    let begin = 0
    for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', begin)) {
      paths.push(decodeName(bytes.subarray(begin, end)))
      begin = end + 1
    }
    rest = bytes.subarray(begin)
    if (!isStopped && paths.length > 0) listener.appeared(paths)
  })
  program.ended.then(({ exitCode, failure, detail = '', stderr }) => {
    const isStarted = failure !== 'not-found' && failure !== 'not-started'
    end(isStarted ? stderr.trim().split('\n').at(-1) || `exit ${exitCode ?? detail}` : detail)
  })
  return {
    stop() {
      isStopped = true
      program.stop()
    },
  }
}

/** Watches folders with node's own watching, which reports removed names as well as new ones. */
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
