import { type FSWatcher, watch } from 'node:fs'
import { joinPath } from '../../fs/paths'
import { reasonOf } from '../../fs/system-error'
import { start } from '../../programs/exec'
import { decodeName, toPath } from '../../text/raw-name'

/** Tells of changes in folders: hints only, for any of them may be lost. */
export interface EventSource {
  /** Ends it. No callback comes after this. */
  stop(): void
}

export interface EventListener {
  /** From now on changes are told of. */
  ready(): void
  /** Something has appeared under these paths, or so it seems; what is told of together comes together. */
  appeared(paths: readonly string[]): void
  /** It has ended by itself and tells of nothing any more. */
  ended(reason: string): void
}

/** Says so on standard error when the kernel has begun to report. */
const READY = /^Watches established/m

/**
 * Watches folders with inotifywait, called as the script calls it. A name with a newline comes as two paths,
 * of which neither is one: whoever listens must look for itself.
 */
export function startInotifywait(
  folders: readonly string[],
  listener: EventListener,
  env: Readonly<Record<string, string | undefined>>,
): EventSource {
  const args = ['-m', '-e', 'create,moved_to', '--format', '%w%f', ...folders]
  const child = start('inotifywait', args, { env: { ...env, LC_ALL: 'C' } })
  let said = ''
  let rest: Buffer = Buffer.alloc(0)
  let isStopped = false
  let isReady = false
  const end = (reason: string) => {
    if (isStopped) return
    isStopped = true
    listener.ended(reason)
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096)
    if (isStopped || isReady || !READY.test(said)) return
    isReady = true
    listener.ready()
  })
  // Bytes, for names need not be UTF-8.
  child.stdout?.on('data', (chunk: Buffer) => {
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
  child.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  child.once('close', (code, signal) => end(said.trim().split('\n').at(-1) || `exit ${code ?? signal}`))
  return {
    stop() {
      isStopped = true
      child.kill()
    },
  }
}

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
