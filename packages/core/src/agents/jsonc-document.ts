import type { Json } from '../text/json'
import { type JsoncFile, type JsoncLibrary, member, type Node, readJsonc } from './jsonc'
import { insert, remove, replace } from './jsonc-edit'

/**
 * JSON with comments that is changed step by step. Nodes are valid until the next change; the offset at which a
 * container begins stays as long as only what lies within it is changed.
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

  /** Whether a comment is anywhere in a node. */
  hasComment(node: Node | undefined): boolean {
    if (node === undefined) return false
    const text = this.text.slice(node.offset, node.offset + node.length)
    return this.#library.stripComments(text) !== text
  }

  #become(text: string): void {
    this.#file = readJsonc(this.#library, this.#file.path, text)
  }
}
