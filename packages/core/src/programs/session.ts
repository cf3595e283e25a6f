import { escapeAll } from '../text/terminal'
import { isSameProcess, lookAtProcess, type ProcessId, processId, type Running } from './process-id'

export { isGone, type ProcessId } from './process-id'

/**
 * One of several that work in a project: an agent's conversation with its user, or a loop (contract, "Unattended"). What
 * it took ends with its process. Without a process, it ends by word or by time.
 */
export interface Session {
  /** One line without control characters, at most 128 characters. Somebody else chose it. */
  readonly id: string
  readonly process: ProcessId | undefined
}

/** The most characters of an id. */
const LONGEST_ID = 128
/** The most ancestors that are looked at. */
const MOST_ANCESTORS = 64

/**
 * The session that this process belongs to: CROSS_AGENT_SESSION, else the agent's own id, else the agent's process. If
 * CROSS_AGENT_SESSION is the number of a living ancestor, the session is that process.
 */
export function currentSession(env: Readonly<Record<string, string | undefined>>): Session {
  const { CROSS_AGENT_SESSION: word, CODEX_THREAD_ID: thread } = env
  if (word) return { id: tamed(word), process: numberedAncestor(word) }
  if (thread) return { id: tamed(thread), process: undefined }
  const agent = agentProcess()
  return { id: String(agent?.pid ?? process.ppid), process: agent }
}

/**
 * Whether two are one session: the same process, or the same word. A number alone is no word, because other hosts and
 * containers use the same numbers.
 */
export function isSameSession(one: Session, other: Session): boolean {
  if (one.process !== undefined && other.process !== undefined)
    return isSameProcess(one.process, other.process)
  const isWord = one.process === other.process || !isNumber(one.id)
  return isWord && one.id === other.id
}

/**
 * The nearest ancestor that is neither a shell, nor a program that only starts another one, nor a command of ours. If
 * there is none below the system's first process, the outermost ancestor. Undefined if that is unknown.
 */
export function agentProcess(): ProcessId | undefined {
  let outermost: Running | undefined
  for (const ancestor of ancestors()) {
    if (isInit(ancestor)) break
    outermost = ancestor
    if (!isBetween(ancestor.words)) break
  }
  return outermost && processId(outermost)
}

/** An ancestor by its number; undefined if this process has none of that number. */
export function ancestorOf(pid: number): ProcessId | undefined {
  for (const ancestor of ancestors()) if (ancestor.pid === pid) return processId(ancestor)
  return undefined
}

function* ancestors(): Generator<Running> {
  let pid = process.ppid
  for (let count = 0; pid > 0 && count < MOST_ANCESTORS; count++) {
    const found = lookAtProcess(pid)
    if (found === undefined || found === 'gone') return
    yield found
    pid = found.parent
  }
}

function numberedAncestor(word: string): ProcessId | undefined {
  return isNumber(word) ? ancestorOf(Number(word)) : undefined
}

function isNumber(word: string): boolean {
  return /^[1-9]\d{0,9}$/.test(word)
}

/** An id for one line of a terminal or a file. Different long ids stay different. */
function tamed(word: string): string {
  const line = escapeAll(word.toWellFormed())
  return line.length <= LONGEST_ID ? line : `${line.slice(0, LONGEST_ID - 20).toWellFormed()}#${sumOf(word)}`
}

function sumOf(word: string): string {
  let sum = 0n
  for (const byte of Buffer.from(word)) sum = ((sum ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return sum.toString(16).padStart(16, '0')
}

const SHELLS = 'sh bash dash ash zsh fish ksh mksh ksh93 yash tcsh csh rbash busybox nu pwsh'.split(' ')
/** Programs that start another one and wait for it. */
const STARTERS =
  'env timeout gtimeout sudo doas su runuser nice ionice nohup setsid stdbuf time chrt taskset flock script strace unshare nsenter setpriv bwrap firejail npm npx pnpm yarn'.split(
    ' ',
  )
const BETWEEN = new Set([...SHELLS, ...STARTERS])
const OURS = /^cross-agent-(?:send|recv|watch|status|discover|halt|resume)(?:\.c?js)?$/
const NODE = /^(?:node|nodejs|bun|deno)$/
/** These start a process for every user and service. What they started is the session. */
const INITS = new Set('init systemd launchd tini dumb-init docker-init catatonit runit s6-svscan'.split(' '))

function isInit({ pid, words }: Running): boolean {
  return INITS.has(programIn(words)) || (pid === 1 && isWholeMachine())
}

/**
 * Whether we see the processes of the whole machine. There the first one is no agent, whatever its name: it adopts what
 * ended agents leave. In a container it may be one. Linux's second process is kthreadd, and no container shows that.
 */
function isWholeMachine(): boolean {
  const second = lookAtProcess(2)
  return (
    second !== undefined &&
    second !== 'gone' &&
    second.parent === 0 &&
    second.words.every((word) => word === '')
  )
}

/** Whether a command line is a shell's, that of a program which starts another one, or ours. */
export function isBetween(words: readonly string[]): boolean {
  const program = programIn(words)
  if (BETWEEN.has(program) || OURS.test(program)) return true
  if (!NODE.test(program)) return false
  const script = baseName(words.slice(1).find((word) => !word.startsWith('-')) ?? '')
  return OURS.test(script) || /^(?:npm|npx|pnpm|yarn)(?:-cli)?(?:\.c?js)?$/.test(script)
}

/** A login shell begins with a dash; npm writes its whole line into the first word. */
function programIn([first = '']: readonly string[]): string {
  return baseName(first.split(' ')[0] ?? '').replace(/^-/, '')
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
