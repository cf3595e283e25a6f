import type { ChildProcess } from 'node:child_process'
import spawn from 'cross-spawn'
import { reasonOf } from '../fs/system-error'
import type { Interruption } from './interruption'

/** The outcome of a program. A failure is data too, not an exception. */
export interface Result {
  /** Undefined if it did not start or did not end by itself. */
  readonly exitCode: number | undefined
  /** Empty unless it was kept. */
  readonly stdout: string
  /** The last 2 KB of standard error. */
  readonly stderr: string
  readonly failure?: 'not-found' | 'not-started' | 'timed-out' | 'halted' | 'killed'
  /** The system's error code if it did not start, the signal if it was killed. */
  readonly detail?: string
}

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds after which the program is killed. */
  readonly timeout?: number
  /** Passes a signal on to the program, which then has one second to end. */
  readonly interruption?: Interruption
  /** Called regularly. Once it returns true, the program is ended within a second (contract B37). */
  readonly isHalted?: () => boolean
  /** Called once if the program still runs after two seconds, to tell the user about the wait (contract B75). */
  readonly onSlow?: () => void
  /** If it resolves to true, the program is no longer needed and is ended. */
  readonly until?: Promise<boolean>
  /** The program's inputs: the first on standard input, the others on descriptors 3 and up. */
  readonly inputs?: readonly Uint8Array[]
  /** Keeps standard input open, so that `tell` can send more. */
  readonly talks?: boolean
  /** Open files that the program gets too. Their descriptors follow those of the inputs. */
  readonly files?: readonly number[]
  /**
   * `kept`: the result holds it. `heard`: a listener reads `stdout`. `passed on`: standard output goes directly to
   * ours, and errors are dropped. Without pipes, a call takes a third less processor time. `shared`: as `passed on`,
   * but errors go to our standard error. `answer`: only standard output is kept. `words`: only standard error is.
   */
  readonly output?: keyof typeof OUTPUTS
}

/** The destinations of a program's standard output and standard error. */
const OUTPUTS = {
  kept: ['pipe', 'pipe'],
  heard: ['pipe', 'pipe'],
  'passed on': ['inherit', 'ignore'],
  shared: ['inherit', 'inherit'],
  answer: ['pipe', 'ignore'],
  words: ['ignore', 'pipe'],
} as const

/** Milliseconds in which the pipes of a killed program close, unless one of its children holds them. */
const GRACE = 200

/** Milliseconds that a program has to end after we pass a signal on. */
const PATIENCE = 1000

/** Milliseconds between two checks of the brake. A program that the brake stops has as long to end by itself. */
export const LOOK_EVERY = 250

/** Milliseconds after which the user is told about the wait. */
const SLOW_AFTER = 2000

/** Most bytes that are kept of a program's standard output and of its standard error (contract B41). */
export const MOST_OUTPUT = 16 * 1024 * 1024
export const MOST_WORDS = 2048

/**
 * A running program, found on PATH and started without a shell. It ends by itself, by its time-out, by a signal to us,
 * by HALT or by `stop`; `ended` tells which. Without `inputs` or `talks` it has no standard input.
 */
export class Program {
  /** Resolves when the program is gone. Never rejects. */
  readonly ended: Promise<Result>
  /** The same result, set at that moment. */
  end: Result | undefined
  /** Undefined if the system refused to start it. */
  readonly #child: ChildProcess | undefined
  #stdout = () => ''
  #words = () => ''
  #resolve: (result: Result) => void = () => {}
  #releaseSignals: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #brake: NodeJS.Timeout | undefined
  #slow: NodeJS.Timeout | undefined
  /** Set when HALT (`#isHalting`) or a signal (`#isEnding`) ends it. It has a moment left to end by itself. */
  #isHalting = false
  #isEnding = false

  constructor(program: string, args: readonly string[], options: ProgramOptions) {
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
    try {
      this.#child = start(program, args, options)
    } catch (error) {
      this.#finish({ exitCode: undefined, failure: 'not-started', detail: reasonOf(error) })
      return
    }
    if (options.output !== 'heard') this.#stdout = collectFirst(this.#child.stdout, MOST_OUTPUT)
    this.#words = collectLast(this.#child.stderr, MOST_WORDS)
    this.#limit(options)
    this.#child.once('error', (error: NodeJS.ErrnoException) => {
      const failure = error.code === 'ENOENT' ? 'not-found' : 'not-started'
      this.#finish({ exitCode: undefined, failure, detail: error.code ?? error.message })
    })
    this.#child.once('close', (code, signal) => {
      const failure = this.#isHalting ? 'halted' : 'killed'
      const detail = signal ?? ''
      this.#finish(code === null ? { exitCode: undefined, failure, detail } : { exitCode: code })
    })
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** The program's standard output, if it is `heard`. */
  get stdout(): ChildProcess['stdout'] | undefined {
    return this.#child?.stdout
  }

  /** Calls `listener` whenever the program writes to standard error, with its last 2 KB. */
  onWords(listener: (words: string) => void): void {
    this.#child?.stderr?.on('data', () => listener(this.#words()))
  }

  /** Sends more text to a program that `talks`. */
  tell(text: string): void {
    this.#child?.stdin?.write(text)
  }

  /** Asks the program to end, but does not force it. */
  stop(): void {
    this.#child?.kill()
  }

  #limit({ timeout, isHalted, interruption, onSlow, until }: ProgramOptions): void {
    if (timeout !== undefined) this.#timer = setTimeout(() => this.#kill('timed-out'), timeout)
    if (isHalted !== undefined) this.#brake = setInterval(() => this.#lookAtBrake(isHalted), LOOK_EVERY)
    if (onSlow !== undefined) this.#slow = setTimeout(onSlow, SLOW_AFTER)
    until?.then((isOver) => isOver && this.stop())
    this.#releaseSignals = interruption?.onSignal((signal) => this.#passOn(signal))
  }

  #lookAtBrake(isHalted: () => boolean): void {
    if (this.#isHalting) this.#kill('halted')
    else if (isHalted()) this.#isHalting = this.#child?.kill() ?? false
  }

  #passOn(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
    if (this.#isEnding) return
    this.#isEnding = true
    clearTimeout(this.#timer)
    clearTimeout(this.#slow)
    this.#timer = setTimeout(() => this.#kill('timed-out'), PATIENCE)
  }

  #kill(failure: 'timed-out' | 'halted'): void {
    this.#stopClocks()
    this.#child?.kill('SIGKILL')
    const end = () => {
      for (const stream of this.#child?.stdio ?? []) stream?.destroy()
      this.#finish({ exitCode: undefined, failure })
    }
    this.#child?.removeAllListeners('close').once('close', end)
    this.#timer = setTimeout(end, GRACE)
  }

  #finish(end: Omit<Result, 'stdout' | 'stderr'>): void {
    this.#stopClocks()
    this.#releaseSignals?.()
    this.end ??= { ...end, stdout: this.#stdout(), stderr: this.#words() }
    this.#resolve(this.end)
  }

  #stopClocks(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#slow)
    clearInterval(this.#brake)
  }
}

function start(program: string, args: readonly string[], options: ProgramOptions): ChildProcess {
  const { env, inputs = [], files = [], output = 'kept', talks = false } = options
  const further = inputs.slice(1).map(() => 'pipe' as const)
  const input = inputs.length > 0 || talks ? ('pipe' as const) : ('ignore' as const)
  const child = spawn(program, args, { stdio: [input, ...OUTPUTS[output], ...further, ...files], env })
  // If too few file descriptors are left, the child has no streams. Its error event says why.
  const streams: ChildProcess['stdio'] | undefined = child.stdio
  for (const [index, bytes] of inputs.entries()) feed(streams?.[index === 0 ? 0 : index + 2], bytes)
  if (talks) child.stdin?.on('error', () => {})
  return child
}

/** Starts a program that outlives us, without output. Its standard input is one of our open files. */
export function startForGood(
  program: string,
  args: readonly string[],
  input: number,
  env: ProgramOptions['env'],
): void {
  spawn(program, args, { detached: true, stdio: [input, 'ignore', 'ignore'], env }).unref()
}

/**
 * Closes the whole stream once the system has taken the bytes. Node uses a socket as the pipe, and `end` would only
 * half-close it. If shutdown(2) is forbidden, as in an agent's sandbox, the program would wait for ever for the end of
 * its input (contract B64). Write errors are ignored: a program that stops reading reports why, or needs no more input.
 */
function feed(stream: ChildProcess['stdio'][number] | undefined, bytes: Uint8Array): void {
  if (stream === null || stream === undefined || !('write' in stream)) return
  stream.on('error', () => {})
  if (bytes.length === 0) stream.destroy()
  else stream.write(bytes, () => stream.destroy())
}

/** Drops all output after the first `most` bytes. A peer that floods its output must not fill our memory. */
function collectFirst(stream: ChildProcess['stdout'] | undefined, most: number): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream?.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk.subarray(0, most - size))
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

function collectLast(stream: ChildProcess['stderr'] | undefined, most: number): () => string {
  let kept = Buffer.alloc(0)
  stream?.on('data', (chunk: Buffer) => {
    kept = Buffer.from(Buffer.concat([kept, chunk]).subarray(-most))
  })
  return () => kept.toString('utf8')
}
