import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { readWithin } from '../fs/files'
import { joinPath } from '../fs/paths'
import { isOurs } from '../fs/real-folder'
import { isVisibleMessage } from '../message/message-name'
import { isGone, type ProcessId } from '../programs/process-id'
import { toPath } from '../text/raw-name'
import { isWaitKey, readTakeName } from './take-name'

/** Milliseconds after its writing in which a take may count. */
export const LONGEST_TAKE = 24 * 60 * 60 * 1000
/** Milliseconds in which an unreadable file may still be one that is being written. */
const WRITING_TIME = 10_000
/** Characters of a session's id. Ours are shorter. */
const LONGEST_ID = 1000
/** Bytes. A header may have a conversation of 64 KB. */
const LARGEST_FILE = 512 * 1024

/** One message of a take. */
export interface Held {
  readonly name: string
  /** Of its bytes, hexadecimal; undefined if they could not be read. */
  readonly sha256: string | undefined
  /** Milliseconds since the epoch. */
  readonly since: number
}

/** What a take's file says. */
export interface TakeContent {
  /** The session's id. */
  readonly by: string
  readonly process: ProcessId | undefined
  /** Undefined: it holds only its messages. */
  readonly conversation: string | undefined
  /** Milliseconds since the epoch. */
  readonly until: number
  /** Empty while a command waits for an answer (contract C28): then the file holds the conversation alone. */
  readonly messages: readonly Held[]
  /**
   * The SHA-256 of the message that awaits the answer, where it lies among what the same sessions read. It is for
   * others to take.
   */
  readonly request?: string | undefined
  /** Whether the message is still being checked. Then nobody has it, but others wait for the result. */
  readonly isPending: boolean
  /** The command that checks it, or that waits. */
  readonly worker: ProcessId | undefined
}

/**
 * A take's file. It is written whole under another name and then linked, so nobody sees it half-written, and it is
 * never changed: whoever renews a take writes the next number. Of two that want one number, one gets it.
 */
export interface TakeFile {
  readonly inbox: string
  readonly name: string
  readonly key: string
  readonly number: number
  /** Milliseconds since the epoch. */
  readonly written: number
  readonly inode: bigint
  /** Undefined if it cannot be read: torn by a power failure, or being written where there are no hard links. */
  readonly content: TakeContent | undefined
}

/** The takes' files among the names in an inbox: regular files of our user, whether they count or not. */
export function takeFilesIn(inbox: string, names: readonly string[]): TakeFile[] {
  return names.flatMap((name) => {
    const parts = readTakeName(name)
    return parts === undefined ? [] : (readTakeFile(inbox, name, parts) ?? [])
  })
}

function readTakeFile(
  inbox: string,
  name: string,
  parts: Pick<TakeFile, 'key' | 'number'>,
): TakeFile | undefined {
  let fd: number
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    fd = openSync(toPath(joinPath(inbox, name)), flags)
  } catch {
    return undefined
  }
  try {
    const stats = fstatSync(fd, { bigint: true })
    if (!stats.isFile() || !isOurs(stats)) return undefined
    const text = readWithin(fd, Number(stats.size), LARGEST_FILE).toString()
    const [written, inode] = [Number(stats.mtimeMs), stats.ino]
    return { ...parts, inbox, name, written, inode, content: contentOf(text, isWaitKey(parts.key)) }
  } catch {
    return undefined
  } finally {
    closeSync(fd)
  }
}

/** Whether a take counts: not over, its process not gone, written within a day. `now` in milliseconds. */
export function doesCount({ written, content }: TakeFile, now: number): boolean {
  if (Math.abs(now - written) > LONGEST_TAKE) return false
  // A writer may be between making the file and filling it.
  if (content === undefined) return Math.abs(now - written) < WRITING_TIME
  const { until, process, worker } = content
  return now < until && !(process && isGone(process)) && !(worker && isGone(worker))
}

/** Whether it holds a conversation for a command that waits for an answer in it (contract C28). */
export function isWait({ key }: TakeFile): boolean {
  return isWaitKey(key)
}

/** What the text of a take's file says. Undefined unless it is whole and of this form. */
export function contentOf(text: string, isWait: boolean): TakeContent | undefined {
  if (!text.endsWith('}\n')) return undefined
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(found)) return undefined
  const { version, by, process, conversation, until, messages, request, isPending, worker } = found
  const held = Array.isArray(messages) ? messages.map(heldOf) : []
  const isWhole =
    version === 1 &&
    typeof by === 'string' &&
    by !== '' &&
    by.length <= LONGEST_ID &&
    typeof until === 'number' &&
    typeof isPending === 'boolean' &&
    (isWait ? held.length === 0 && typeof conversation === 'string' : held.length > 0) &&
    (conversation === undefined || typeof conversation === 'string') &&
    (request === undefined || typeof request === 'string') &&
    [process, worker].every((value) => value === undefined || processOf(value) !== undefined)
  if (!isWhole) return undefined
  const known = held.filter((message) => message !== undefined)
  if (known.length < held.length) return undefined
  const processes = { process: processOf(process), worker: processOf(worker) }
  return { by, conversation, until, messages: known, request, isPending, ...processes }
}

function heldOf(value: unknown): Held | undefined {
  if (!isRecord(value)) return undefined
  const { name, sha256, since } = value
  if (typeof name !== 'string' || !isVisibleMessage(name) || name.includes('/')) return undefined
  if (typeof since !== 'number' || (sha256 !== undefined && typeof sha256 !== 'string')) return undefined
  return { name, sha256, since }
}

function processOf(value: unknown): ProcessId | undefined {
  if (!isRecord(value)) return undefined
  const { pid, started, scope } = value
  const isProcess = Number.isInteger(pid) && typeof started === 'string' && typeof scope === 'string'
  return isProcess && typeof pid === 'number' && pid > 0 ? { pid, started, scope } : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
