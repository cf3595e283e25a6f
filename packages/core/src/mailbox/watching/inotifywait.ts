import { start } from '../../programs/exec'
import { decodeName } from '../../text/raw-name'
import type { EventListener, EventSource } from './event-source'

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
