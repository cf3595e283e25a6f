import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import spawn from 'cross-spawn'
import { hasCode, reasonOf } from '../fs/system-error'
import { LINE_END, trim } from '../text/python-text'
import { escapeAll } from '../text/terminal'
import type { Interruption } from './interruption'

/** What became of a program that was called: data, whether it worked or not. */
export interface Result {
  /** Undefined where it did not start or did not end by itself. */
  readonly exitCode: number | undefined
  readonly stdout: string
  /** The last 2 KB of it. */
  readonly stderr: string
  readonly failure?: 'not-found' | 'not-started' | 'timed-out' | 'halted' | 'killed'
  /** The system's error code where it did not start, the signal where it was killed. */
  readonly detail?: string
}

export interface ExecOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds after which the program is killed. */
  readonly timeout?: number
  readonly interruption?: Interruption
  /** Asked all the while: once it is true the program is ended, within a second (contract B37). */
  readonly isHalted?: () => boolean
  /** Called once where the program still runs after two seconds: whoever waits is told for what (contract B75). */
  readonly onSlow?: () => void
  /** When it resolves to true, the program is not needed any more and is ended. */
  readonly until?: Promise<boolean>
  /** What the program reads: the first from standard input, the others from the descriptors 3 and up. */
  readonly inputs?: readonly Uint8Array[]
  /** Open files of ours that the program gets as well: as its descriptors behind those of its inputs. */
  readonly files?: readonly number[]
  /**
   * `passed on`: what the program prints goes where ours goes, as it comes, and its errors nowhere. Without
   * pipes a call takes a third less processor time. `shared`: its errors go where ours go, too. Otherwise both are
   * kept, for the result.
   */
  readonly output?: 'kept' | 'passed on' | 'shared'
}

/** Milliseconds in which the pipes of a killed program close, unless something it started holds them. */
const GRACE = 200

/** Milliseconds in which a program heeds the signal that ended ours. */
const PATIENCE = 1000

/** Milliseconds between two looks at the brake, and in which a program that it stops may end by itself. */
const LOOK_EVERY = 250

/** Milliseconds after which it is told that a program is waited for. */
const SLOW_AFTER = 2000

/** Bytes of a program's output, and of what it says on standard error, that are kept (contract B41). */
const MOST_OUTPUT = 16 * 1024 * 1024
const MOST_WORDS = 2048

/** Where standard output and standard error of a program go. */
const OUTPUTS = {
  kept: ['pipe', 'pipe'],
  'passed on': ['inherit', 'ignore'],
  shared: ['inherit', 'inherit'],
} as const

export interface StartOptions extends Pick<ExecOptions, 'env' | 'inputs' | 'output' | 'files'> {
  /** Its standard input stays open: it is told more as it goes. */
  readonly talks?: boolean
}

/** Starts a program found on PATH, without a shell; it may outlive the call. */
export function start(
  program: string,
  args: readonly string[],
  { env, inputs = [], files = [], output = 'kept', talks = false }: StartOptions,
): ChildProcess {
  const outputs = OUTPUTS[output]
  const further = inputs.slice(1).map(() => 'pipe' as const)
  const input = inputs.length > 0 || talks ? ('pipe' as const) : ('ignore' as const)
  const stdio = [input, ...outputs, ...further, ...files]
  const child = spawn(program, args, { stdio, env })
  // With too few file descriptors left a child has no streams, and its error event says why.
  const streams: ChildProcess['stdio'] | undefined = child.stdio
  for (const [index, bytes] of inputs.entries()) feed(streams?.[index === 0 ? 0 : index + 2], bytes)
  return child
}

/**
 * Closes the whole stream once the system has taken the bytes. To end it would half-close a socket, which is what node
 * makes of a pipe: where shutdown(2) is forbidden, as in an agent's sandbox, the program would wait for the end of its
 * input for ever (contract B64). A program that does not read all of it says itself why, or had no need to.
 */
function feed(stream: ChildProcess['stdio'][number] | undefined, bytes: Uint8Array): void {
  if (stream === null || stream === undefined || !('write' in stream)) return
  stream.on('error', () => {})
  if (bytes.length === 0) stream.destroy()
  else stream.write(bytes, () => stream.destroy())
}

/** Runs a program found on PATH, without a shell; without `inputs` it has no standard input. Never throws. */
export function exec(program: string, args: readonly string[], options: ExecOptions): Promise<Result> {
  return new Promise((resolve) => {
    try {
      new RunningProgram(start(program, args, options), options, resolve)
    } catch (error) {
      const detail = reasonOf(error)
      resolve({ exitCode: undefined, stdout: '', stderr: '', failure: 'not-started', detail })
    }
  })
}

/** A program on its way to its end: by itself, by its time-out, by a signal of ours or by HALT. */
class RunningProgram {
  readonly #child: ChildProcess
  readonly #resolve: (result: Result) => void
  readonly #stdout: () => string
  readonly #stderr: () => string
  readonly #releaseSignals: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #brake: NodeJS.Timeout | undefined
  #slow: NodeJS.Timeout | undefined
  /** HALT has ended it, or a signal of ours: it has a moment left to end by itself. */
  #isHalting = false
  #isEnding = false

  constructor(
    child: ChildProcess,
    { timeout, isHalted, interruption, onSlow, until }: ExecOptions,
    resolve: (result: Result) => void,
  ) {
    this.#child = child
    this.#resolve = resolve
    this.#stdout = collectFirst(child.stdout, MOST_OUTPUT)
    this.#stderr = collectLast(child.stderr, MOST_WORDS)
    if (timeout !== undefined) this.#timer = setTimeout(() => this.#kill('timed-out'), timeout)
    if (isHalted !== undefined) this.#brake = setInterval(() => this.#lookAtBrake(isHalted), LOOK_EVERY)
    if (onSlow !== undefined) this.#slow = setTimeout(onSlow, SLOW_AFTER)
    until?.then((isOver) => isOver && this.#child.kill())
    this.#releaseSignals = interruption?.onSignal((signal) => this.#passOn(signal))
    child.once('error', (error: NodeJS.ErrnoException) => {
      const failure = error.code === 'ENOENT' ? 'not-found' : 'not-started'
      this.#finish({ exitCode: undefined, failure, detail: error.code ?? error.message })
    })
    child.once('close', (code, signal) => {
      const failure = this.#isHalting ? 'halted' : 'killed'
      const detail = signal ?? ''
      this.#finish(code === null ? { exitCode: undefined, failure, detail } : { exitCode: code })
    })
  }

  #lookAtBrake(isHalted: () => boolean): void {
    if (this.#isHalting) this.#kill('halted')
    else if (isHalted()) this.#isHalting = this.#child.kill()
  }

  #passOn(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
    if (this.#isEnding) return
    this.#isEnding = true
    clearTimeout(this.#timer)
    clearTimeout(this.#slow)
    this.#timer = setTimeout(() => this.#kill('timed-out'), PATIENCE)
  }

  #kill(failure: 'timed-out' | 'halted'): void {
    this.#stopClocks()
    this.#child.kill('SIGKILL')
    const end = () => {
      for (const stream of this.#child.stdio) stream?.destroy()
      this.#finish({ exitCode: undefined, failure })
    }
    this.#child.removeAllListeners('close').once('close', end)
    this.#timer = setTimeout(end, GRACE)
  }

  #finish(end: Omit<Result, 'stdout' | 'stderr'>): void {
    this.#stopClocks()
    this.#releaseSignals?.()
    this.#resolve({ ...end, stdout: this.#stdout(), stderr: this.#stderr() })
  }

  #stopClocks(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#slow)
    clearInterval(this.#brake)
  }
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

/** What comes after the first `most` bytes is dropped: a peer that floods its output must not fill our memory. */
function collectFirst(stream: ChildProcess['stdout'], most: number): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream?.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk.subarray(0, most - size))
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

function collectLast(stream: ChildProcess['stderr'], most: number): () => string {
  let kept = Buffer.alloc(0)
  stream?.on('data', (chunk: Buffer) => {
    kept = Buffer.from(Buffer.concat([kept, chunk]).subarray(-most))
  })
  return () => kept.toString('utf8')
}

/**
 * The last line a program wrote to standard error: why it failed, in its own words. Else its exit code, which
 * is minus the number of the signal that ended it. As it was said: who shows it to people escapes it, JSON stays
 * as the scripts have it (contract B44).
 */
export function lastWords(result: Result): string {
  const last = trim(wordsOf(result)).split(LINE_END).at(-1)
  return last === undefined || last === '' ? withoutWords(result) : last
}

/** All that is kept of what a program wrote to standard error, on one line and escaped (contract B41). */
export function allWords(result: Result): string {
  const lines = wordsOf(result)
    .split(LINE_END)
    .map(trim)
    .filter((line) => line !== '')
  return escapeAll(lines.length > 0 ? lines.join('; ') : withoutWords(result))
}

function wordsOf({ stderr, failure }: Result): string {
  return failure === 'not-started' ? '' : stderr.slice(-MOST_WORDS)
}

function withoutWords(result: Result): string {
  if (result.failure === 'not-started') return `the program could not be started (${result.detail ?? ''})`
  return `exit ${result.exitCode ?? signalCode(result)}`
}

function signalCode({ detail, failure }: Result): number | string {
  const signals: Record<string, number> = constants.signals
  const number = signals[detail ?? '']
  return number === undefined ? (detail ?? failure ?? 'unknown') : -number
}
