/** A key with the names of the tables that it is in. Undefined if the scanner does not read it: in a list, or with escapes. */
type Path = readonly string[] | undefined

/** A table with its own header. The first one of a file is the root, which has none. */
export interface TablePlace {
  readonly path: Path
  /** Where its last line of a key begins. Undefined if it has none. */
  lastKey: number | undefined
  /** Where its last key or its header ends. Comments after that may belong to the next table. */
  end: number
}

/** A list or an inline table, from its bracket to the other one. */
export interface BracketPlace {
  readonly kind: 'list' | 'inline'
  readonly path: Path
  readonly start: number
  /** The closing bracket's place. */
  end: number
  /** Where the last item begins and ends. Undefined if it is empty. */
  last: { readonly start: number; readonly end: number } | undefined
  /** Where the comma after the last item ends, if there is one. */
  comma: number | undefined
}

const BLANKS = /[ \t]*/y
const GAP = /(?:[ \t\r\n]|#[^\n]*)*/y
const BARE_KEY = /[\w-]+/y
const BARE_VALUE = /[^,\]}#\r\n]*[^,\]}#\s]/y
const TEXTS = [/"{3}(?:[^\\]|\\[\s\S])*?"{3,5}/y, /'{3}[\s\S]*?'{3,5}/y, /"(?:[^"\\\n]|\\.)*"/y, /'[^'\n]*'/y]

/**
 * Finds out where tables and lists lie in a text that is TOML. It checks nothing: what uses the places must check the
 * result with the parser. Throws an error where it cannot go on.
 */
export class TomlPlaces {
  readonly tables: TablePlace[] = [{ path: [], lastKey: undefined, end: 0 }]
  readonly brackets: BracketPlace[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    for (this.#skip(GAP); this.#at < text.length; this.#skip(GAP)) this.#line()
  }

  #line(): void {
    const start = this.#at
    if (this.#text.charAt(start) === '[') {
      const isItem = this.#text.startsWith('[[', start)
      this.#at += isItem ? 2 : 1
      const path = this.#key()
      this.#expect(isItem ? ']]' : ']')
      this.tables.push({ path: isItem ? undefined : path, lastKey: undefined, end: this.#at })
      return
    }
    const table = this.tables.at(-1)
    this.#member(table?.path)
    if (table !== undefined) Object.assign(table, { lastKey: start, end: this.#at })
  }

  #member(table: Path): void {
    const key = this.#key()
    this.#expect('=')
    this.#value(table && key && [...table, ...key])
  }

  #key(): Path {
    const names: (string | undefined)[] = []
    do {
      this.#skip(BLANKS)
      names.push(this.#word(BARE_KEY) ?? plainText(this.#quoted()))
      this.#skip(BLANKS)
    } while (this.#word(/\./y) !== undefined)
    return names.every((name) => name !== undefined) ? names : undefined
  }

  #value(path: Path): void {
    this.#skip(BLANKS)
    const first = this.#text.charAt(this.#at)
    if (first === '[') this.#bracket('list', path)
    else if (first === '{') this.#bracket('inline', path)
    else if (this.#quoted() === undefined && this.#word(BARE_VALUE) === undefined) throw this.#lost()
  }

  #bracket(kind: BracketPlace['kind'], path: Path): void {
    const place: BracketPlace = { kind, path, start: this.#at, end: 0, last: undefined, comma: undefined }
    this.brackets.push(place)
    this.#at++
    for (this.#skip(GAP); !/[\]}]/.test(this.#text.charAt(this.#at)); this.#skip(GAP)) {
      const start = this.#at
      if (kind === 'list') this.#value(undefined)
      else this.#member(path)
      place.last = { start, end: this.#at }
      this.#skip(GAP)
      place.comma = this.#word(/,/y) === undefined ? undefined : this.#at
    }
    place.end = this.#at
    this.#at++
  }

  #quoted(): string | undefined {
    for (const text of TEXTS) {
      const found = this.#word(text)
      if (found !== undefined) return found
    }
    return undefined
  }

  #expect(sign: string): void {
    this.#skip(BLANKS)
    if (!this.#text.startsWith(sign, this.#at)) throw this.#lost()
    this.#at += sign.length
  }

  #skip(blanks: RegExp): void {
    this.#word(blanks)
  }

  #word(form: RegExp): string | undefined {
    form.lastIndex = this.#at
    const found = form.exec(this.#text)?.[0]
    this.#at += found?.length ?? 0
    return found
  }

  #lost(): Error {
    return new Error(`cannot read the text at ${this.#at}`)
  }
}

/** The text in quotes. Undefined if there is none, or if it has escapes. */
function plainText(quoted: string | undefined): string | undefined {
  return quoted === undefined || quoted.includes('\\') ? undefined : quoted.slice(1, -1)
}
