import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import spawn from 'cross-spawn'
import { hasCode, reasonOf } from './errors'
import type { Interruption } from './interruption'
import { LINE_END, trim } from './python-text'

/** What became of a program that was called: data, whether it worked or not. */
export interface Result {
  /** Undefined where it did not start or did not end by itself. */
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
  readonly failure?: 'not-found' | 'not-started' | 'timed-out' | 'killed'
  /** The system's error code where it did not start, the signal where it was killed. */
  readonly detail?: string
}

export interface ExecOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds after which the program is killed. */
  readonly timeout?: number
  readonly interruption?: Interruption
  /** Open files that the program finds as /dev/fd/3 and so on. */
  readonly files?: readonly number[]
  /**
   * `passed on`: what the program prints goes where ours goes, as it comes, and its errors nowhere. Without
   * pipes a call takes a third less processor time. Otherwise both are kept, for the result.
   */
  readonly output?: 'kept' | 'passed on'
}

/** Milliseconds in which the pipes of a killed program close, unless something it started holds them. */
const GRACE = 200

/** Milliseconds in which a program heeds the signal that ended ours. */
const PATIENCE = 1000

/** Bytes of each output of a program that are kept. */
const MOST_OUTPUT = 16 * 1024 * 1024

/** Starts a program found on PATH, without a shell and without standard input; it may outlive the call. */
export function start(
  program: string,
  args: readonly string[],
  { env, files = [], output = 'kept' }: Pick<ExecOptions, 'env' | 'files' | 'output'>,
): ChildProcess {
  const outputs = output === 'kept' ? (['pipe', 'pipe'] as const) : (['inherit', 'ignore'] as const)
  return spawn(program, args, { stdio: ['ignore', ...outputs, ...files], env })
}

/** Runs a program found on PATH, without a shell and without standard input; never throws. */
export function exec(program: string, args: readonly string[], options: ExecOptions): Promise<Result> {
  return new Promise((resolve) => {
    let child: ChildProcess
    try {
      child = start(program, args, options)
    } catch (error) {
      resolve({
        exitCode: undefined,
        stdout: '',
        stderr: '',
        failure: 'not-started',
        detail: reasonOf(error),
      })
      return
    }
    const stdout = collect(child.stdout)
    const stderr = collect(child.stderr)
    let timer: NodeJS.Timeout | undefined
    let release: (() => void) | undefined
    const finish = (end: Omit<Result, 'stdout' | 'stderr'>) => {
      clearTimeout(timer)
      release?.()
      resolve({ ...end, stdout: stdout(), stderr: stderr() })
    }
    const timeOut = () => {
      child.kill('SIGKILL')
      const end = () => {
        for (const stream of [child.stdout, child.stderr]) stream?.destroy()
        finish({ exitCode: undefined, failure: 'timed-out' })
      }
      child.removeAllListeners('close').once('close', end)
      timer = setTimeout(end, GRACE)
    }
    let isEnding = false
    release = options.interruption?.onSignal((signal) => {
      child.kill(signal)
      if (isEnding) return
      isEnding = true
      clearTimeout(timer)
      timer = setTimeout(timeOut, PATIENCE)
    })
    if (options.timeout !== undefined) timer = setTimeout(timeOut, options.timeout)
    child.once('error', (error: NodeJS.ErrnoException) => {
      const failure = error.code === 'ENOENT' ? 'not-found' : 'not-started'
      finish({ exitCode: undefined, failure, detail: error.code ?? error.message })
    })
    child.once('close', (code, signal) => {
      finish(
        code === null ? { exitCode: undefined, failure: 'killed', detail: signal ?? '' } : { exitCode: code },
      )
    })
  })
}

/**
 * The same while nothing else goes on in this process: it spares the loading of streams, a fifth of the time
 * that a short command takes. A signal ends the process as it would at any time.
 */
export function execSync(program: string, args: readonly string[], { env, timeout }: ExecOptions): Result {
  const limits = {
    maxBuffer: MOST_OUTPUT,
    killSignal: 'SIGKILL',
    ...(timeout === undefined ? {} : { timeout }),
  } as const
  const { status, signal, stdout, stderr, error } = spawn.sync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env,
    ...limits,
  })
  const said = { stdout: stdout ?? '', stderr: stderr ?? '' }
  if (error === undefined || error === null) {
    return status === null
      ? { exitCode: undefined, ...said, failure: 'killed', detail: signal ?? '' }
      : { exitCode: status, ...said }
  }
  const failure = hasCode(error, 'ETIMEDOUT')
    ? 'timed-out'
    : hasCode(error, 'ENOENT')
      ? 'not-found'
      : 'not-started'
  const { code }: NodeJS.ErrnoException = error
  return { exitCode: undefined, ...said, failure, detail: code ?? reasonOf(error) }
}

function collect(stream: ChildProcess['stdout']): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream?.on('data', (chunk: Buffer) => {
    // The rest is taken and dropped: a peer that floods its output must not fill our memory.
    if (size < MOST_OUTPUT) chunks.push(chunk)
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

/**
 * The last line a program wrote to standard error: why it failed, in its own words. Else its exit code, which
 * is minus the number of the signal that ended it.
 */
export function lastWords(result: Result): string {
  if (result.failure === 'not-started') return `the program could not be started (${result.detail ?? ''})`
  const last = trim(result.stderr).split(LINE_END).at(-1)
  return last === undefined || last === '' ? `exit ${result.exitCode ?? signalCode(result)}` : last
}

function signalCode({ detail, failure }: Result): number | string {
  const signals: Record<string, number> = constants.signals
  const number = signals[detail ?? '']
  return number === undefined ? (detail ?? failure ?? 'unknown') : -number
}
