import type { HookEntry, HookSettings } from './agent'
import { isOurCommand } from './hook-command'
import { type JsoncFile, member, memberOfType, type Node } from './jsonc'

export type Handler = HookEntry['handler']

/** A hook of ours in a settings file, and what it lies in. */
export interface OurHook {
  readonly event: string
  readonly handler: Node
  /** Of the two hooks at the end of a turn, whether this is the one that waits. */
  readonly waits: boolean
  /** The containers around it, the innermost first, each with the index of what holds the hook in it. */
  readonly containers: readonly { readonly offset: number; readonly index: number }[]
}

/** The hooks of ours in a settings file, in their order. Throws `settings-misshaped`. */
export function findHooks(file: JsoncFile, { layout, entries }: HookSettings): OurHook[] {
  const { root } = file
  const hooks = memberOfType(file, root, 'hooks', 'object')
  if (hooks === undefined) return []
  // What holds ours must be a list. At other events anything may be.
  for (const { event } of entries('')) memberOfType(file, hooks, event, 'array')
  return (hooks.children ?? []).flatMap((property, index) => {
    const [key, list] = property.children ?? []
    const event = String(key?.value)
    if (list?.type !== 'array') return []
    const above = [
      { offset: hooks.offset, index },
      { offset: root.offset, index: indexOf(root, hooks) },
    ]
    return (list.children ?? []).flatMap((item, at) => {
      const containers = [{ offset: list.offset, index: at }, ...above]
      return layout === 'groups' ? inGroup(file, item, event, containers) : ours(item, event, containers)
    })
  })
}

/** Whether a handler waits for mail instead of answering at once. */
export function isWaiter({ async: isAsync, command }: Handler): boolean {
  return isAsync === true || /\s--once\b/.test(String(command))
}

function inGroup(file: JsoncFile, group: Node, event: string, containers: OurHook['containers']): OurHook[] {
  if (group.type !== 'object') return []
  const list = member(file, group, 'hooks')
  if (list?.type !== 'array') return []
  const above = [{ offset: group.offset, index: indexOf(group, list) }, ...containers]
  return (list.children ?? []).flatMap((handler, index) =>
    ours(handler, event, [{ offset: list.offset, index }, ...above]),
  )
}

function ours(handler: Node, event: string, containers: OurHook['containers']): OurHook[] {
  if (handler.type !== 'object') return []
  const value = plainValue(handler)
  return isOurCommand(value) ? [{ event, handler, waits: isWaiter(value), containers }] : []
}

function indexOf(object: Node, value: Node): number {
  return (object.children ?? []).findIndex(({ children }) => children?.[1] === value)
}

/** The members of an object, their values where those are no containers; a list of texts as such. */
function plainValue(node: Node): Handler {
  const members = (node.children ?? []).map(({ children }) => {
    const [key, value] = children ?? []
    return [key?.value, value?.type === 'array' ? value.children?.map((item) => item.value) : value?.value]
  })
  return Object.fromEntries(members)
}
