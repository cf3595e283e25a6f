import { readFileSync, realpathSync, writeSync } from 'node:fs'
import { homedir, hostname, tmpdir } from 'node:os'
import { type Paths, paths, tidyPath } from '../fs/paths'
import { hasCode, reasonOf } from '../fs/system-error'
import { piecesOf } from '../text/json'
import { decodeName, escapeBytes, toBytes, UNDECODABLE } from '../text/raw-name'
import { escapeAll, isPaintable, paintFor, safeFor } from '../text/terminal'

/** What a command may know about its environment, besides the files below `home`. */
export interface Context {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** The files below `home` that the commands share. */
  readonly paths: Paths
  /** The host's name up to the first dot. In messages, this machine may have another name: see `machineName` (C35). */
  readonly hostName: string
  /** The working folder. Undefined if it was removed. */
  cwd(): string | undefined
  /** The paths of node and of its script, and the version of node, as `v22.1.0`. */
  readonly program: { readonly node: string; readonly script: string; readonly version: string }
  /** The folder for private temporary folders. */
  readonly tempFolder: string
  /** The system's name, as node gives it: `linux`, `darwin`, `freebsd`, … */
  readonly platform: string
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * Writes text to standard output. A reader that is gone is not a failure. If standard output does not accept a deed,
   * standard error reports it: otherwise the user would do it again (contract B71).
   */
  out(text: string, what?: 'deed'): void
  /** Writes one line to standard error and adds the newline. Escapes control characters (contract B44). */
  err(line: string): void
  /**
   * Shows a line during a wait, if standard error is a terminal. The next line replaces it. Undefined or any other
   * output removes it.
   */
  live(line: string | undefined): void
  /** Why standard output did not accept everything. Undefined if it did. */
  readonly outputFailure: string | undefined
  /** The deeds that standard output did not accept, as lines. */
  readonly untold: readonly string[]
}

/** The context of this process: the only reader of `process` and `node:os`. */
export function processContext(): Context {
  const home = homeFolder(process.env.HOME)
  let outputFailure: string | undefined
  const untold: string[] = []
  const liveLine = new LiveLine(process.env)
  return {
    argv: rawArguments(process.argv.slice(2)),
    env: process.env,
    home,
    paths: paths(home),
    get hostName() {
      return hostname().split('.')[0] ?? ''
    },
    get program() {
      return { node: process.execPath, script: process.argv[1] ?? '', version: process.version }
    },
    get tempFolder() {
      return tmpdir()
    },
    get platform() {
      return process.platform
    },
    cwd() {
      try {
        const folder = process.cwd()
        return folder.includes(UNDECODABLE)
          ? decodeName(realpathSync.native('.', { encoding: 'buffer' }))
          : folder
      } catch {
        return undefined
      }
    },
    now: Date.now,
    out(text, what) {
      liveLine.show(undefined)
      for (const piece of piecesOf(text))
        outputFailure ??= write(1, paintFor(1, safeFor(1, piece), process.env))
      if (outputFailure !== undefined && what === 'deed') untold.push(...text.trimEnd().split('\n'))
    },
    err(line) {
      liveLine.show(undefined)
      write(2, paintFor(2, `${escapeBytes(escapeAll(line))}\n`, process.env))
    },
    live(line) {
      liveLine.show(line)
    },
    get outputFailure() {
      return outputFailure
    },
    untold,
  }
}

/**
 * The arguments with the bytes that node's decoding lost (see raw-name.ts), read from Linux's /proc. On other systems
 * they do not change, and name no file.
 */
function rawArguments(argv: readonly string[]): readonly string[] {
  if (!argv.some((argument) => argument.includes(UNDECODABLE))) return argv
  try {
    // Node, its own options and the script come before our arguments.
    const all = readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1)
    const bytes = all.slice(-argv.length).map((argument) => Buffer.from(argument, 'latin1'))
    return bytes.every((raw, index) => raw.toString() === argv[index]) ? bytes.map(decodeName) : argv
  } catch {
    return argv
  }
}

function homeFolder(variable: string | undefined): string {
  return variable === undefined ? homedir() : variable === '' ? '/' : tidyPath(variable)
}

/** Width of a live line in columns. A line that wraps could not be replaced. */
const LIVE_WIDTH = 79

class LiveLine {
  readonly #env: Context['env']
  #isShown = false

  constructor(env: Context['env']) {
    this.#env = env
  }

  show(line: string | undefined): void {
    if (line === undefined ? !this.#isShown : !isPaintable(2, this.#env)) return
    this.#isShown = line !== undefined
    const text =
      line === undefined
        ? ''
        : Array.from(escapeBytes(escapeAll(line)))
            .slice(0, LIVE_WIDTH)
            .join('')
    // Returns to the first column and clears the line.
    write(2, `\r\x1b[K${text}`)
  }
}

/**
 * Writes all of `text`. If this fails, returns the reason, unless the reader is gone. Synchronous and without streams,
 * because `process.stdout` adds two milliseconds to every start.
 */
function write(fd: number, text: string): string | undefined {
  const bytes = toBytes(text)
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written)
    } catch (error) {
      if (hasCode(error, 'EPIPE')) return undefined
      if (!hasCode(error, 'EAGAIN')) return reasonOf(error)
      waitUntilWritable()
    }
  }
  return undefined
}

/** Waits without spinning for the reader of a full pipe that another process has set to non-blocking. */
function waitUntilWritable(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
}
