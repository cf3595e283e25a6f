import { Program } from '../../programs/program'
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
  // Bytes, for names need not be UTF-8.
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
