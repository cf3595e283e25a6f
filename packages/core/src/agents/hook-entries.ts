import type { HookEntry, HookSettings } from './agent'
import type { JsoncLibrary, Node } from './jsonc'
import { memberOfType } from './jsonc'
import { isBare, JsoncDocument } from './jsonc-edit'
import { findHooks, type Handler, isBrake, isWaiter, type OurHook } from './our-hooks'

/** The text of a settings file, as read. */
export interface SettingsText {
  readonly path: string
  readonly text: string
}

/** The hooks of the brake (contract C25). */
export interface BrakeHooks {
  readonly entries: readonly HookEntry[]
  /** Otherwise they are brought up to date, but only if any are there. */
  readonly isAsked: boolean
}

/** Values in our hooks that a user may change. */
const KEPT = ['timeout', 'loop_limit']

/**
 * Returns the text of a settings file with each of our hooks in it once, and everything else unchanged. Returns the
 * same text if they are there already. Throws `settings-not-json`, `settings-misshaped`.
 */
export function withHooks(
  library: JsoncLibrary,
  settings: HookSettings,
  { path, text }: SettingsText,
  command: string,
  brake?: BrakeHooks,
): string {
  const document = new JsoncDocument(library, path, text)
  for (const [name, value] of Object.entries(settings.required))
    if (document.member(document.file.root, name) === undefined) document.set(document.file.root, name, value)
  const wanted = [...settings.entries(command), ...wantedBrake(document, settings, brake)]
  const missing: HookEntry[] = []
  for (const entry of wanted) {
    const [first] = alike(findHooks(document.file, settings), entry.event, kindOf(entry.handler))
    if (first === undefined) missing.push(entry)
    else bringUpToDate(document, first.handler.offset, entry.handler)
  }
  removeWhile(document, settings, (hook, all) => {
    if (hook.brakes && brake === undefined) return false
    const isWanted = wanted.some(
      ({ event, handler }) => event === hook.event && isSameKind(kindOf(handler), hook),
    )
    return !isWanted || alike(all, hook.event, hook)[0] !== hook
  })
  for (const event of new Set(missing.map((entry) => entry.event))) {
    const handlers = missing.filter((entry) => entry.event === event).map(({ handler }) => handler)
    for (const item of settings.layout === 'groups' ? [{ hooks: handlers }] : handlers)
      append(document, event, item)
  }
  return document.text
}

/**
 * Returns the text of a settings file without our hooks, and without the lists that this leaves empty. Throws
 * `settings-not-json`, `settings-misshaped`.
 */
export function withoutHooks(
  library: JsoncLibrary,
  settings: HookSettings,
  { path, text }: SettingsText,
): string {
  const document = new JsoncDocument(library, path, text)
  removeWhile(document, settings, () => true)
  return document.text
}

/** Whether a settings file has any of our hooks. Throws `settings-not-json`, `settings-misshaped`. */
export function hasHooks(
  library: JsoncLibrary,
  settings: HookSettings,
  { path, text }: SettingsText,
): boolean {
  return findHooks(new JsoncDocument(library, path, text).file, settings).length > 0
}

/** The commands of our hooks in a settings file. Throws `settings-not-json`, `settings-misshaped`. */
export function hookCommands(
  library: JsoncLibrary,
  settings: HookSettings,
  { path, text }: SettingsText,
): string[] {
  const document = new JsoncDocument(library, path, text)
  return findHooks(document.file, settings).map(({ handler }) =>
    String(document.member(handler, 'command')?.value),
  )
}

/** Whether a settings file has a hook of the brake. Throws `settings-not-json`, `settings-misshaped`. */
export function hasBrake(
  library: JsoncLibrary,
  settings: HookSettings,
  { path, text }: SettingsText,
): boolean {
  return findHooks(new JsoncDocument(library, path, text).file, settings).some(({ brakes }) => brakes)
}

/** The brake's hooks if they were asked for or are there. Throws `settings-misshaped` if their events are no lists. */
function wantedBrake(
  { file }: JsoncDocument,
  settings: HookSettings,
  brake: BrakeHooks | undefined,
): readonly HookEntry[] {
  if (brake === undefined) return []
  if (!brake.isAsked && !findHooks(file, settings).some(({ brakes }) => brakes)) return []
  const hooks = memberOfType(file, file.root, 'hooks', 'object')
  if (hooks !== undefined) for (const { event } of brake.entries) memberOfType(file, hooks, event, 'array')
  return brake.entries
}

/** What a hook of ours is for. One event may have one of each kind. */
type Kind = Pick<OurHook, 'waits' | 'brakes'>

function kindOf(handler: Handler): Kind {
  return { waits: isWaiter(handler), brakes: isBrake(handler) }
}

function isSameKind(one: Kind, other: Kind): boolean {
  return one.waits === other.waits && one.brakes === other.brakes
}

function alike(hooks: readonly OurHook[], event: string, kind: Kind): OurHook[] {
  return hooks.filter((hook) => hook.event === event && isSameKind(hook, kind))
}

function bringUpToDate(document: JsoncDocument, offset: number, wanted: Handler): void {
  for (const [name, value] of Object.entries(wanted))
    if (!KEPT.includes(name)) document.set(document.at(offset), name, value)
  // `args` belongs to the form without a shell. Our command holds its arguments itself.
  const handler = document.at(offset)
  const args = (handler.children ?? []).findIndex(({ children }) => children?.[0]?.value === 'args')
  if (args >= 0) document.remove(handler, args)
}

function removeWhile(
  document: JsoncDocument,
  settings: HookSettings,
  isUnwanted: (hook: OurHook, all: readonly OurHook[]) => boolean,
): void {
  for (;;) {
    const hooks = findHooks(document.file, settings)
    const unwanted = hooks.findLast((hook) => isUnwanted(hook, hooks))
    if (unwanted === undefined) return
    removeHook(document, unwanted)
  }
}

/** Removes a hook, and each container around it that is then empty. A container with a comment stays. */
function removeHook(document: JsoncDocument, { containers }: OurHook): void {
  for (const [level, { offset, index }] of containers.entries()) {
    const container = document.at(offset)
    if (level > 0 && document.hasComment(container.children?.[index])) return
    document.remove(container, index)
    const left = document.at(offset)
    if (!isBare(document.text, left) && !isMatcherOnly(left)) return
  }
}

/** A group that has only a matcher runs nothing. */
function isMatcherOnly({ type, children = [] }: Node): boolean {
  return type === 'object' && children.length === 1 && children[0]?.children?.[0]?.value === 'matcher'
}

function append(
  document: JsoncDocument,
  event: string,
  item: Handler | { readonly hooks: readonly Handler[] },
) {
  const { root } = document.file
  const hooks = document.member(root, 'hooks')
  if (hooks === undefined) return document.set(root, 'hooks', { [event]: [item] })
  const list = document.member(hooks, event)
  return list === undefined ? document.set(hooks, event, [item]) : document.append(list, item)
}
