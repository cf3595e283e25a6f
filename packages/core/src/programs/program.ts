import type { ChildProcess } from 'node:child_process'
import spawn from 'cross-spawn'
import { reasonOf } from '../fs/system-error'
import type { Interruption } from './interruption'

/** What became of a program that was called: data, whether it worked or not. */
export interface Result {
  /** Undefined where it did not start or did not end by itself. */
  readonly exitCode: number | undefined
  /** Empty unless it was kept. */
  readonly stdout: string
  /** The last 2 KB of it. */
  readonly stderr: string
  readonly failure?: 'not-found' | 'not-started' | 'timed-out' | 'halted' | 'killed'
  /** The system's error code where it did not start, the signal where it was killed. */
  readonly detail?: string
}

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds after which the program is killed. */
  readonly timeout?: number
  /** A signal is passed on to the program, which has a second to heed it. */
  readonly interruption?: Interruption
  /** Asked all the while: once it is true the program is ended, within a second (contract B37). */
  readonly isHalted?: () => boolean
  /** Called once where the program still runs after two seconds: whoever waits is told for what (contract B75). */
  readonly onSlow?: () => void
  /** When it resolves to true, the program is not needed any more and is ended. */
  readonly until?: Promise<boolean>
  /** What the program reads: the first from standard input, the others from the descriptors 3 and up. */
  readonly inputs?: readonly Uint8Array[]
  /** Its standard input stays open: it is told more as it goes. */
  readonly talks?: boolean
  /** Open files of ours that the program gets as well: as its descriptors behind those of its inputs. */
  readonly files?: readonly number[]
  /**
   * `kept`: for the result. `heard`: somebody listens to `stdout`. `passed on`: what the program prints goes where ours
   * goes, as it comes, and its errors nowhere. Without pipes a call takes a third less processor time. `shared`: its
   * errors go where ours go, too.
   */
  readonly output?: keyof typeof OUTPUTS
}

/** Where standard output and standard error of a program go. */
const OUTPUTS = {
  kept: ['pipe', 'pipe'],
  heard: ['pipe', 'pipe'],
  'passed on': ['inherit', 'ignore'],
  shared: ['inherit', 'inherit'],
} as const

/** Milliseconds in which the pipes of a killed program close, unless something it started holds them. */
const GRACE = 200

/** Milliseconds in which a program heeds the signal that ended ours. */
const PATIENCE = 1000

/** Milliseconds between two looks at the brake, and in which a program that it stops may end by itself. */
export const LOOK_EVERY = 250

/** Milliseconds after which it is told that a program is waited for. */
const SLOW_AFTER = 2000

/** Bytes of a program's output, and of what it says on standard error, that are kept (contract B41). */
export const MOST_OUTPUT = 16 * 1024 * 1024
export const MOST_WORDS = 2048

/**
 * A program that runs: found on PATH, without a shell. It ends by itself, by its time-out, by a signal of ours, by HALT or
 * when it is stopped; `ended` tells which. Without `inputs` it has no standard input.
 */
export class Program {
  /** Resolves when the program is gone. Never rejects. */
  readonly ended: Promise<Result>
  /** The same, from that moment on. */
  end: Result | undefined
  /** Undefined where the system refused to start it. */
  readonly #child: ChildProcess | undefined
  #stdout = () => ''
  #words = () => ''
  #resolve: (result: Result) => void = () => {}
  #releaseSignals: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #brake: NodeJS.Timeout | undefined
  #slow: NodeJS.Timeout | undefined
  /** HALT has ended it, or a signal of ours: it has a moment left to end by itself. */
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

  /** What the program prints, where that is `heard`. */
  get stdout(): ChildProcess['stdout'] | undefined {
    return this.#child?.stdout
  }

  /** Calls back whenever the program says something on standard error, with the last 2 KB of it. */
  onWords(listener: (words: string) => void): void {
    this.#child?.stderr?.on('data', () => listener(this.#words()))
  }

  /** Tells a program that talks some more. */
  tell(text: string): void {
    this.#child?.stdin?.write(text)
  }

  /** Asks the program to end. Nobody makes it. */
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
  // With too few file descriptors left a child has no streams, and its error event says why.
  const streams: ChildProcess['stdio'] | undefined = child.stdio
  for (const [index, bytes] of inputs.entries()) feed(streams?.[index === 0 ? 0 : index + 2], bytes)
  if (talks) child.stdin?.on('error', () => {})
  return child
}

/** Starts a program that outlives us and says nothing. Its standard input is an open file of ours. */
export function startForGood(
  program: string,
  args: readonly string[],
  input: number,
  env: ProgramOptions['env'],
): void {
  spawn(program, args, { detached: true, stdio: [input, 'ignore', 'ignore'], env }).unref()
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

/** What comes after the first `most` bytes is dropped: a peer that floods its output must not fill our memory. */
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
