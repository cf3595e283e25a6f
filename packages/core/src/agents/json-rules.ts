import type { Json } from '../text/json'
import type { SettingsText } from './hook-entries'
import { type JsoncLibrary, memberOfType, type Node } from './jsonc'
import { isBare, JsoncDocument } from './jsonc-edit'
import { settingsMisshaped } from './settings-failure'

/** A rule in an agent's JSON: an item of a list, or a member of an object. The container is named by its path. */
export interface JsonRule {
  readonly at: readonly [string, string]
  /** The item, or the member's name. */
  readonly rule: string
  /** Only for a member. */
  readonly value?: string
}

/** One line that names a rule, for records and for people. */
export function idOf({ at, rule, value }: JsonRule): string {
  return `${at.join('.')} ${rule}${value === undefined ? '' : `: ${value}`}`
}

/** The rules of these that a text has. Throws `settings-not-json`, `settings-misshaped`. */
export function rulesIn(
  library: JsoncLibrary,
  rules: readonly JsonRule[],
  { path, text }: SettingsText,
): JsonRule[] {
  if (text === '') return []
  const document = new JsoncDocument(library, path, text)
  return Array.from(placesOf(document, rules)).flatMap(({ rule, index }) => (index < 0 ? [] : [rule]))
}

/**
 * Adds the rules that are missing, at the end of their lists, and changes nothing else. Throws `settings-not-json`,
 * `settings-misshaped`.
 */
export function withRules(
  library: JsoncLibrary,
  rules: readonly JsonRule[],
  { path, text }: SettingsText,
): string {
  const document = new JsoncDocument(library, path, text)
  for (const { rule, container, index } of placesOf(document, rules))
    if (index < 0) add(document, container, rule)
  return document.text
}

/** Where each rule lies, one after the other: the document may change between two. */
function* placesOf(document: JsoncDocument, rules: readonly JsonRule[]) {
  for (const rule of rules) {
    const container = containerOf(document, rule)
    yield { rule, container, index: indexOf(document, container, rule) }
  }
}

/** Removes these rules, and the containers that this leaves empty. Throws as `withRules` does. */
export function withoutRules(
  library: JsoncLibrary,
  rules: readonly JsonRule[],
  { path, text }: SettingsText,
): string {
  const document = new JsoncDocument(library, path, text)
  for (const { rule, container, index } of placesOf(document, rules)) {
    if (container === undefined || index < 0) continue
    const { offset } = container
    document.remove(container, index)
    if (isBare(document.text, document.at(offset))) removeContainer(document, rule)
  }
  return document.text
}

function removeContainer(document: JsoncDocument, { at: [outer, inner] }: JsonRule): void {
  const { root } = document.file
  const parent = document.member(root, outer)
  if (parent === undefined) return
  const { offset } = parent
  document.remove(parent, memberIndex(parent, inner))
  if (isBare(document.text, document.at(offset)))
    document.remove(document.file.root, memberIndex(document.file.root, outer))
}

function containerOf({ file }: JsoncDocument, { at: [outer, inner], value }: JsonRule): Node | undefined {
  const parent = memberOfType(file, file.root, outer, 'object')
  if (parent === undefined) return undefined
  if (value !== undefined && wholeRule(parent, inner) !== undefined) return undefined
  return memberOfType(file, parent, inner, value === undefined ? 'array' : 'object')
}

/** The one rule that stands for all, as in `"bash": "ask"`. */
function wholeRule(parent: Node, name: string): string | undefined {
  const found = (parent.children ?? []).find(({ children }) => children?.[0]?.value === name)?.children?.[1]
  return found?.type === 'string' ? String(found.value) : undefined
}

function add(document: JsoncDocument, container: Node | undefined, rule: JsonRule): void {
  const {
    at: [outer, inner],
    rule: name,
    value,
  } = rule
  if (container !== undefined) {
    if (value === undefined) document.append(container, name)
    else document.set(container, name, value)
    return
  }
  const { root, path } = document.file
  const parent = document.member(root, outer)
  if (parent === undefined) {
    document.set(root, outer, { [inner]: value === undefined ? [name] : { [name]: value } })
    return
  }
  const whole = value === undefined ? undefined : wholeRule(parent, inner)
  if (whole === 'deny') {
    const place = `"${outer}.${inner}"`
    throw settingsMisshaped({ path, place, is: '"deny"', expected: 'an object: all commands are denied' })
  }
  const made: Json =
    value === undefined ? [name] : { ...(whole === undefined ? {} : { '*': whole }), [name]: value }
  if (whole !== undefined) document.remove(parent, memberIndex(parent, inner))
  document.set(document.member(document.file.root, outer) ?? root, inner, made)
}

function indexOf(document: JsoncDocument, container: Node | undefined, { rule, value }: JsonRule): number {
  if (container === undefined) return -1
  if (value === undefined) return (container.children ?? []).findIndex((item) => item.value === rule)
  return document.member(container, rule)?.value === value ? memberIndex(container, rule) : -1
}

function memberIndex(object: Node, name: string): number {
  return (object.children ?? []).findIndex(({ children }) => children?.[0]?.value === name)
}
