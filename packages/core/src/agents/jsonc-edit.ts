import type { Json } from '../text/json'
import { type JsoncFile, type JsoncLibrary, member, type Node, readJsonc } from './jsonc'

/**
 * JSON with comments that is changed step by step. Nodes are valid until the next change. The start offset of a
 * container stays valid while only its content changes.
 */
export class JsoncDocument {
  readonly #library: JsoncLibrary
  #file: JsoncFile

  /** Throws `settings-not-json`, `settings-misshaped`. */
  constructor(library: JsoncLibrary, path: string, text: string) {
    this.#library = library
    this.#file = readJsonc(library, path, text)
  }

  get file(): JsoncFile {
    return this.#file
  }

  get text(): string {
    return this.#file.text
  }

  /** The container that begins at `offset`. */
  at(offset: number): Node {
    return this.#library.findNodeAtOffset(this.#file.root, offset) ?? this.#file.root
  }

  /** A member's value. */
  member(object: Node, name: string): Node | undefined {
    return member(this.#file, object, name)
  }

  /** Sets a member, at the end if it is new. */
  set(object: Node, name: string, value: Json): void {
    const present = this.member(object, name)
    if (present === undefined) this.#become(insert(this.#library, this.text, object, value, name))
    else if (present.value !== value) this.#become(replace(this.text, present, value))
  }

  /** Adds an item at the end of a list. */
  append(list: Node, value: Json): void {
    this.#become(insert(this.#library, this.text, list, value))
  }

  /** Removes the member or item at `index`. */
  remove(container: Node, index: number): void {
    this.#become(remove(this.#library, this.text, container, index))
  }

  /** Whether a node has a comment anywhere in it. */
  hasComment(node: Node | undefined): boolean {
    if (node === undefined) return false
    const text = this.text.slice(node.offset, node.offset + node.length)
    return this.#library.stripComments(text) !== text
  }

  #become(text: string): void {
    this.#file = readJsonc(this.#library, this.#file.path, text)
  }
}

/** The layout of a text. Added text uses it too. */
interface Layout {
  readonly unit: string
  readonly eol: string
}

/**
 * Adds a member (with `name`) or an item at the end of an object or a list. Existing text and comments do not change,
 * except for an added comma.
 */
function insert(library: JsoncLibrary, text: string, container: Node, value: Json, name?: string): string {
  const { unit, eol } = layoutOf(text)
  const last = container.children?.at(-1)
  const outer = indentOf(text, container.offset)
  const inner =
    last !== undefined && isFirstOnLine(text, last.offset) ? indentOf(text, last.offset) : outer + unit
  const json = JSON.stringify(value, null, unit).replaceAll('\n', eol + inner)
  const item = name === undefined ? json : `${JSON.stringify(name)}: ${json}`
  const close = endOf(container) - 1
  const end = last === undefined ? container.offset + 1 : endOf(last)
  const tail = text.slice(end, close)
  const comma = last === undefined || commaIn(library, tail) !== undefined ? '' : ','
  return `${text.slice(0, end)}${comma}${tail.trimEnd()}${eol}${inner}${item}${eol}${outer}${text.slice(close)}`
}

/** Removes the item or member at `index` with its comma, and its line if it is alone there. Comments stay. */
function remove(library: JsoncLibrary, text: string, container: Node, index: number): string {
  const children = container.children ?? []
  const node = children[index]
  if (node === undefined) return text
  const next = text.slice(endOf(node), children[index + 1]?.offset ?? endOf(container) - 1)
  const following = commaIn(library, next)
  if (following !== undefined) {
    const comma = endOf(node) + following
    // A comment may be before the comma.
    const rest = text.slice(comma + 1)
    return next.slice(0, following).trim() === ''
      ? cut(text, node.offset, comma + 1)
      : cut(text.slice(0, comma) + rest, node.offset, endOf(node))
  }
  const previous = children[index - 1]
  const without = cut(text, node.offset, endOf(node))
  if (previous === undefined) return without
  const comma = commaIn(library, text.slice(endOf(previous), node.offset))
  if (comma === undefined) return without
  const at = endOf(previous) + comma
  return without.slice(0, at) + without.slice(at + 1)
}

/** Whether a container holds nothing, not even a comment. */
export function isBare(text: string, container: Node): boolean {
  return text.slice(container.offset + 1, endOf(container) - 1).trim() === ''
}

function endOf({ offset, length }: Node): number {
  return offset + length
}

/** Replaces a node with another value. */
function replace(text: string, node: Node, value: Json): string {
  return text.slice(0, node.offset) + JSON.stringify(value) + text.slice(endOf(node))
}

/** Removes a part of a text, and its whole lines if nothing else is on them. */
function cut(text: string, start: number, end: number): string {
  const before = text.slice(0, start)
  const after = text.slice(end)
  const margin = /\r?\n[ \t]*$/.exec(before)
  const rest = after.replace(/^[ \t]+/, '')
  return (margin !== null && /^(\r?\n|$)/.test(rest) ? before.slice(0, margin.index) : before) + rest
}

/** The offset of a comma that comes first in a text, after any blanks and comments. */
function commaIn({ createScanner }: JsoncLibrary, text: string): number | undefined {
  const scanner = createScanner(text, true)
  const COMMA = 5
  return scanner.scan() === COMMA ? scanner.getTokenOffset() : undefined
}

function layoutOf(text: string): Layout {
  return {
    unit: /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ',
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
}

function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? ''
}

function isFirstOnLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '' && lineStart(text, offset) > 0
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}
