import { readFileSync, realpathSync, writeSync } from 'node:fs'
import { homedir, hostname, tmpdir } from 'node:os'
import { type Paths, paths, tidyPath } from '../fs/paths'
import { hasCode, reasonOf } from '../fs/system-error'
import { piecesOf } from '../text/json'
import { decodeName, escapeBytes, toBytes, UNDECODABLE } from '../text/raw-name'
import { escapeAll, isPaintable, paintFor, safeFor } from '../text/terminal'

/** What a command may know of the world around it, beside the files below `home`. */
export interface Context {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** The files below `home` that the commands share. */
  readonly paths: Paths
  /** The host's name up to the first dot: the name by which peers know this machine. */
  readonly machine: string
  /** The working folder; undefined where it was removed. */
  cwd(): string | undefined
  /** What runs: paths of node and of the script that it was given, and node's version, as `v22.1.0`. */
  readonly program: { readonly node: string; readonly script: string; readonly version: string }
  /** Where private temporary folders are made. */
  readonly tempFolder: string
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * Writes text to standard output. A reader that went away is no failure of the command. A deed is told otherwise
   * where standard output does not take it: who does not hear of it would do it again (contract B71).
   */
  out(text: string, what?: 'deed'): void
  /** Writes one line, the newline added, to standard error; control characters are escaped (contract B44). */
  err(line: string): void
  /**
   * Shows a line on a terminal's standard error while something is waited for: the next one replaces it, and
   * undefined or any other output removes it. Elsewhere nothing is shown.
   */
  live(line: string | undefined): void
  /** Why standard output did not take everything, if it did not. */
  readonly outputFailure: string | undefined
  /** The deeds that standard output did not take, as lines. */
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
    get machine() {
      return hostname().split('.')[0] ?? ''
    },
    get program() {
      return { node: process.execPath, script: process.argv[1] ?? '', version: process.version }
    },
    get tempFolder() {
      return tmpdir()
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
 * The arguments with the bytes that node's decoding has lost (see raw-name.ts), from where Linux keeps them.
 * Elsewhere they stay as they are, and lead to no file.
 */
function rawArguments(argv: readonly string[]): readonly string[] {
  if (!argv.some((argument) => argument.includes(UNDECODABLE))) return argv
  try {
    // Before ours come node, its own options and the script.
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

/** Columns of a live line: one that wraps could not be replaced. */
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
    // Back to the first column, and what is there removed.
    write(2, `\r\x1b[K${text}`)
  }
}

/**
 * Writes all of `text`; returns the reason if that fails for another cause than a reader that is gone.
 * Synchronous and without streams: `process.stdout` costs two milliseconds of every start.
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

/** A pipe set to non-blocking by another process is full: give its reader a moment without spinning. */
function waitUntilWritable(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
}
