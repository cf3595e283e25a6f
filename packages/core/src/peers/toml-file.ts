import { Failure } from '../command/failure'
import { decodeUtf8, isSurelyAbsent, readRegularFile } from '../fs/files'
import { hasCode, reasonOf } from '../fs/system-error'

declare module '../command/failure' {
  interface FailureKinds {
    'peers-file': true
  }
}

export type Table = Readonly<Record<string, unknown>>

/** How a file is read. */
interface Reading {
  /** The first words of a Failure's message. */
  readonly words: string
  /** Whether a path that leads nowhere is an error instead of an empty file (contract B36). */
  readonly mustBeSure: boolean
}

/** A TOML file whose parts are checked when they are used. Each method throws Failure if a part is malformed. */
export class TomlFile {
  readonly root: Table
  readonly #words: string

  private constructor(root: Table, words: string) {
    this.root = root
    this.#words = words
  }

  /** Reads a file. A missing file counts as empty. Throws Failure if it cannot be read. */
  static async read(path: string, { words, mustBeSure }: Reading): Promise<TomlFile> {
    const bytes = readBytes(path, words, mustBeSure)
    return bytes === undefined ? new TomlFile({}, words) : TomlFile.ofBytes(bytes, path, words)
  }

  /** The same of bytes that were read from `path`. */
  static async ofBytes(bytes: Buffer, path: string, words: string): Promise<TomlFile> {
    const text = decodeUtf8(bytes)
    if (text === undefined) throw failure(words, 'not UTF-8 text', 'save it as UTF-8')
    if (text.startsWith('\ufeff')) {
      const { removeByteOrderMark } = await import('../text/byte-order-mark')
      const hint = `take it away: ${removeByteOrderMark(path)}`
      throw failure(words, 'it begins with a byte order mark, which TOML does not allow', hint)
    }
    return TomlFile.parse(text, words)
  }

  /** Reads a text. Throws Failure if it is not TOML. */
  static async parse(text: string, words: string): Promise<TomlFile> {
    // Loaded here and not above: most commands find no file, and the parser is slow to load.
    const { default: parseToml } = await import('@iarna/toml/parse-string.js')
    try {
      return new TomlFile(parseToml(text), words)
    } catch (error) {
      throw failure(words, reasonOf(error))
    }
  }

  /** A table inside another. `shown` is its name for people. */
  table(parent: Table, key: string, shown: string): Table | undefined {
    const value = this.value(parent, key)
    if (value === undefined) return undefined
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date)
      throw this.fail(`[${shown}] must be a table`)
    // Checked above: TOML has no other objects.
    return value as Table
  }

  text(parent: Table, key: string, shown: string): string | undefined {
    const value = this.value(parent, key)
    if (value !== undefined && typeof value !== 'string') throw this.fail(`${shown}.${key} must be a string`)
    return value
  }

  value(parent: Table, key: string): unknown {
    return Object.hasOwn(parent, key) ? parent[key] : undefined
  }

  fail(problem: string, hint?: string): Failure {
    return failure(this.#words, problem, hint)
  }
}

function readBytes(path: string, words: string, mustBeSure: boolean): Buffer | undefined {
  try {
    return readRegularFile(path)
  } catch (error) {
    const isAbsent = hasCode(error, 'ENOENT', 'ENOTDIR') && (!mustBeSure || isSurelyAbsent(path))
    if (isAbsent) return undefined
    throw failure(words, reasonOf(error), `make ${path} a readable file`)
  }
}

function failure(
  words: string,
  problem: string,
  hint = 'correct that line of the file and try again',
): Failure {
  return new Failure('peers-file', { message: `${words}: ${problem}`, hint })
}
