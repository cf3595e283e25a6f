import type { HookEntry, HookSettings } from './agent'
import type { JsoncLibrary, Node } from './jsonc'
import { isBare, JsoncDocument } from './jsonc-edit'
import { findHooks, type Handler, isWaiter, type OurHook } from './our-hooks'

/** The text of a settings file, as read. */
export interface SettingsText {
  readonly path: string
  readonly text: string
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
): string {
  const document = new JsoncDocument(library, path, text)
  for (const [name, value] of Object.entries(settings.required))
    if (document.member(document.file.root, name) === undefined) document.set(document.file.root, name, value)
  const wanted = settings.entries(command)
  const missing: HookEntry[] = []
  for (const entry of wanted) {
    const [first] = alike(findHooks(document.file, settings), entry.event, isWaiter(entry.handler))
    if (first === undefined) missing.push(entry)
    else bringUpToDate(document, first.handler.offset, entry.handler)
  }
  removeWhile(document, settings, (hook, all) => {
    const isWanted = wanted.some(
      ({ event, handler }) => event === hook.event && isWaiter(handler) === hook.waits,
    )
    return !isWanted || alike(all, hook.event, hook.waits)[0] !== hook
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

function alike(hooks: readonly OurHook[], event: string, waits: boolean): OurHook[] {
  return hooks.filter((hook) => hook.event === event && hook.waits === waits)
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
