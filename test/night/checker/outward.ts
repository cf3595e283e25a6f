import type { CommandRan } from '../history'
import { TAKE_SECONDS, WAIT_SECONDS } from './parameters'

/** How the commands are read from outside: their words, exit codes and names, as documented for people. */

export const HALTED = 5
const TIME_IS_UP = 124
/** Of a hook, or of a usage error. */
const WOKEN = 2
/** Where the folder of a project is away, the shell says so and ends with the same code. */
const NOT_STARTED = /(^|\n)(\S*sh: |usage: )/
const TOKEN = /token=([^;\s]+);/g

/** A message as `recv` or `send --wait` showed it. Of one that is rejected, only the file is known. */
export interface Shown {
  readonly token: string | undefined
  readonly conversation: string
  /** Its name in the inbox. */
  readonly file: string
}

export type MoveKind = 'done' | 'aside' | 'put-back'
const MOVES: readonly MoveKind[] = ['done', 'aside', 'put-back']

/** The last name of a path, without the quotes in which a path may be printed. */
export function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/'$/, '')
}

/** The name that a message had in the inbox: `done/` and `aside/` may change names. */
export function plainName(name: string): string {
  return name.replace(/^done-/, '').replace(/(\.\d+)?\.org$/, '.org')
}

/** Where a message was delivered, as `sent:` says. Undefined if the command did not say so. */
export function sentTo({ command, stdout }: CommandRan): string | undefined {
  return command === 'send' ? /^sent: (.*)$/m.exec(stdout)?.[1] : undefined
}

/** Where a message is kept, as `message kept:` says. */
export function keptAt({ command, stderr }: CommandRan): string | undefined {
  return command === 'send' ? /^message kept: ([^;\n]*)/m.exec(stderr)?.[1] : undefined
}

export function shownBy({ command, stdout }: CommandRan): Shown | undefined {
  if (command !== 'recv' && command !== 'send') return undefined
  return stdout.startsWith('{') ? shownAsJson(stdout) : shownAsText(stdout)
}

function shownAsJson(stdout: string): Shown | undefined {
  const read: { path?: unknown; conversation_id?: unknown } = parsed(stdout)
  if (typeof read.path !== 'string') return undefined
  const conversation = typeof read.conversation_id === 'string' ? read.conversation_id : ''
  return { token: lastToken(stdout), conversation, file: nameIn(read.path) }
}

/** The body comes last. Before it, the title of an answer may hold the token of the answered message. */
function lastToken(text: string): string | undefined {
  return [...text.matchAll(TOKEN)].at(-1)?.[1]
}

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** Lines above `file:` are recv's own, those below it the sender's. */
function shownAsText(stdout: string): Shown | undefined {
  const file = /^file: (.*)$/m.exec(stdout)
  if (file?.[1] === undefined) return undefined
  const conversation = /^conversation_id: (.*)$/m.exec(stdout.slice(0, file.index))?.[1] ?? ''
  return { token: lastToken(stdout.slice(file.index)), conversation, file: nameIn(file[1]) }
}

/** Which messages a command moves, by their names in the inbox. */
export function moveOf({ command, args }: CommandRan): { kind: MoveKind; files: string[] } | undefined {
  if (command !== 'recv') return undefined
  const kind = MOVES.find((move) => args.includes(`--${move}`))
  if (kind === undefined) return undefined
  const files = args.filter((word) => !word.startsWith('--')).map((word) => plainName(nameIn(word)))
  return { kind, files }
}

/** Seconds for which a command takes what it shows. Undefined if it takes nothing. */
export function takesFor(command: CommandRan): number | undefined {
  if (command.command === 'send') return isWait(command) ? TAKE_SECONDS : undefined
  if (command.command !== 'recv' || !command.args.includes('--take')) return undefined
  return numberAfter(command.args, '--for') ?? TAKE_SECONDS
}

/** Whether it is a send that waits for its answer. */
export function isWait({ command, args }: CommandRan): boolean {
  return command === 'send' && args.some((word) => word === '--wait' || word.startsWith('--wait='))
}

/** Seconds that a send waited in vain, if it did. */
export function waitedInVain(command: CommandRan): number | undefined {
  if (!isWait(command) || command.exit !== TIME_IS_UP) return undefined
  return numberAfter(command.args, '--wait') ?? WAIT_SECONDS
}

function numberAfter(args: readonly string[], option: string): number | undefined {
  const word = args.find((one) => one.startsWith(`${option}=`))?.slice(option.length + 1)
  const value = Number(word ?? args[args.indexOf(option) + 1])
  return (word !== undefined || args.includes(option)) && Number.isFinite(value) ? value : undefined
}

export function isHook({ command, args }: CommandRan): boolean {
  return command === 'watch' && args.includes('--hook')
}

/** A hook that waits in the background of an idle session. */
export function isWaiter(command: CommandRan): boolean {
  return isHook(command) && command.args.includes('--once')
}

/** Whether a hook made an idle agent go on (C24). */
export function isWake(command: CommandRan): boolean {
  if (!isHook(command)) return false
  if (isWaiter(command)) return command.exit === WOKEN && !NOT_STARTED.test(command.stderr)
  return /"decision":\s*"block"/.test(command.stdout)
}

/** Whether a hook told of mail. While HALT is set, it may say just that. */
export function isNotice(command: CommandRan): boolean {
  if (isWake(command)) return true
  const isSilent = command.stdout.trim() === '' || /halted on this machine/.test(command.stdout)
  return isHook(command) && !isWaiter(command) && !isSilent
}
