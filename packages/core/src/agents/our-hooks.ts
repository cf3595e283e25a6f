import { anyShellQuote } from '../text/shell'
import type { HookEntry, HookSettings } from './agent'
import { isBrakeLine, isStart, START } from './hook-command'
import { type JsoncFile, member, memberOfType, type Node } from './jsonc'

export type Handler = HookEntry['handler']

/** One of our hooks in a settings file, with its containers. */
export interface OurHook {
  readonly event: string
  readonly handler: Node
  /** Whether this hook waits for mail. A turn's end may have two hooks: one answers, one waits. */
  readonly waits: boolean
  /** Whether this hook refuses tools while the brake is set (contract C25). */
  readonly brakes: boolean
  /** The containers around it, the innermost first. Each has the index of its child that holds the hook. */
  readonly containers: readonly { readonly offset: number; readonly index: number }[]
}

/** Our hooks in a settings file, in file order. Throws `settings-misshaped`. */
export function findHooks(file: JsoncFile, { layout, entries }: HookSettings): OurHook[] {
  const { root } = file
  const hooks = memberOfType(file, root, 'hooks', 'object')
  if (hooks === undefined) return []
  // Our events must hold lists. Other events may hold anything.
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

/** Whether a handler refuses tools while the brake is set. */
export function isBrake({ command, args }: HookCommand): boolean {
  return typeof command === 'string' && args === undefined && isBrakeLine(command)
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
  const brakes = isBrake(value)
  return brakes || isOurCommand(value) ? [{ event, handler, waits: isWaiter(value), brakes, containers }] : []
}

function indexOf(object: Node, value: Node): number {
  return (object.children ?? []).findIndex(({ children }) => children?.[1] === value)
}

/** The members of an object with their simple values. Lists keep the values of their items. */
function plainValue(node: Node): Handler {
  const members = (node.children ?? []).map(({ children }) => {
    const [key, value] = children ?? []
    return [key?.value, value?.type === 'array' ? value.children?.map((item) => item.value) : value?.value]
  })
  return Object.fromEntries(members)
}

const PROGRAM = /^cross-agent-watch(\.cjs|\.js)?$/
/** A word that means itself in every shell. */
const PLAIN_WORD = /^[\w@%+:,./][\w@%+:,./-]*$/
const ASSIGNMENT = /^[A-Za-z_]\w*=/

/** Quotes a program's name or path for use as a word of a command that any shell may read. */
export function commandWord(program: string): string {
  return PLAIN_WORD.test(program) ? program : anyShellQuote(program)
}

/** A program, and perhaps the node that runs it. */
export interface HookProgram {
  /** The name or absolute path of cross-agent-watch. */
  readonly program: string
  /** The absolute path of node. Without it, the program finds node by PATH. */
  readonly node?: string | undefined
}

/** The words that start cross-agent-watch, before its options. */
export function startWords({ program, node }: HookProgram): readonly [string, ...string[]] {
  return node === undefined ? [program] : ['/bin/sh', '-c', START, node, program]
}

/** The beginning of a hook's command. With `exec`, no shell stays beside the program. */
export function hookCommand(program: HookProgram): string {
  if (program.node === undefined) return commandWord(program.program)
  return `exec /bin/sh -c '${START}' ${commandWord(program.node)} ${commandWord(program.program)}`
}

/** The program and the node that a hook's command names. Undefined if it names no node. */
export function startedBy(command: string): HookProgram | undefined {
  const [exec, sh, option, script, node, program] = shellWords(command) ?? []
  if (exec !== 'exec' || sh !== '/bin/sh' || option !== '-c' || !isStart(script)) return undefined
  return program === undefined ? undefined : { node, program }
}

/** A hook's command in settings: a shell command line, or a program with its arguments. */
interface HookCommand {
  readonly command?: unknown
  readonly args?: unknown
}

/**
 * Whether we installed a hook: `cross-agent-watch --hook …` with any path, also started as `hookCommand` does or run by
 * node, with any further arguments. A line that also does something else belongs to the user.
 */
export function isOurCommand({ command, args }: HookCommand): boolean {
  if (typeof command !== 'string') return false
  const words = Array.isArray(args) ? [command, ...args.map(String)] : shellWords(command)
  if (words === undefined) return false
  let start = words.findIndex((word) => !ASSIGNMENT.test(word) && word !== 'exec')
  if (words[start] === '/bin/sh' && isStart(words[start + 2])) start += 4
  else if (/^(node|bun)$/.test(lastName(words[start]))) start++
  if (start < 0 || !PROGRAM.test(lastName(words[start]))) return false
  return words.slice(start + 1).some((word) => word === '--hook' || word.startsWith('--hook='))
}

function lastName(path: string | undefined): string {
  return path?.split('/').at(-1) ?? ''
}

/** A part of a word, or the blanks that end it. Matches nothing that a shell would act on. */
const PART = /\s+|'([^']*)'|"([^"\\$`]*)"|"\\(\\)"|\\(.)|([^\s'"\\|&;<>()$`*?[#~!{}]+)|(~)/sy

/** The words of a shell command line. Undefined if a shell would do more than split it. */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  PART.lastIndex = 0
  while (PART.lastIndex < line.length) {
    const part = PART.exec(line)
    if (part === null) return undefined
    const text = part.slice(1).find((group) => group !== undefined)
    if (text === undefined) {
      if (part[0].includes('\n')) return undefined
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + text
  }
  return word === undefined ? words : [...words, word]
}
