import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../command/context'
import type { ExecOptions, Result } from '../programs/exec'
import type { Peer } from './peers-file'
import type { RemoteCommand } from './remote-command'
import { lastWordsOfSsh, ssh } from './ssh'

/** The most peers that are called at once (contract B18). Each ssh takes two and a half megabytes. */
const MOST_AT_ONCE = 64
/** Our open files for a running ssh, and how many more are needed while one starts. */
const FILES_EACH = 3
const FILES_TO_START = 16

/**
 * How many peers may be called at once, by the number of files that this process may still open. If a start fails for
 * lack of them, node leaves some open for good.
 */
export function peersAtOnce(): number {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    const free = Number(limit ?? Number.POSITIVE_INFINITY) - readdirSync('/proc/self/fd').length
    return Math.max(1, Math.min(MOST_AT_ONCE, Math.floor((free - FILES_TO_START) / FILES_EACH)))
  } catch {
    // Not Linux.
    return MOST_AT_ONCE
  }
}

/** How long ssh may take: for the connection in seconds, over all in milliseconds. */
export interface Patience {
  readonly connect: number
  readonly total: number
}

/** The system's errors if it has no room for another process or its pipes at the moment. */
const NO_ROOM = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'])
/** Milliseconds between two tries to start ssh, and how often to try if none of ours runs. */
const ROOM_PAUSE = 50
const MOST_TRIES = 100

let underWay = 0

/**
 * Runs a command on a peer, and never waits longer than `patience` says. If there is no room to start ssh, it first
 * waits while other ssh processes of ours run, because they will make room. Never throws.
 */
export async function reach(
  peer: Peer,
  command: RemoteCommand,
  { connect, total }: Patience,
  env: Readonly<Record<string, string | undefined>>,
  stops: Pick<ExecOptions, 'interruption' | 'isHalted'> = {},
): Promise<Result> {
  for (let tries = 0; ; ) {
    underWay++
    const result = await ssh(peer, command, connect, { env, timeout: total, ...stops })
    underWay--
    const hasRoom = result.failure !== 'not-started' || !NO_ROOM.has(result.detail ?? '')
    if (hasRoom || (underWay === 0 && ++tries > MOST_TRIES)) return result
    await sleep(ROOM_PAUSE)
  }
}

/** The name of the step that failed in a peer's script, before the words of the error. */
const FAILED = 'failed '

/** The words of a shell whose purpose is to refuse logins. */
const NO_SHELL =
  /account is (?:currently )?not available|this account is (?:disabled|closed)|interactive login|nologin/i

/**
 * Why a call of `reach` failed. Undefined if it succeeded. `unreachable` are the words for a silent peer: ssh is
 * missing, or did not end in time.
 */
export function reachProblem(
  result: Result,
  command: RemoteCommand,
  unreachable: string,
): string | undefined {
  if (result.exitCode === 0) return undefined
  if (result.exitCode === undefined && result.failure !== 'killed') return unreachable
  // The output of a start-up file is not the reason.
  const failed = command.answersIn(result.stdout).find((answer) => answer.startsWith(FAILED))
  if (failed !== undefined) return failed.slice(FAILED.length)
  return NO_SHELL.test(result.stdout) ? NO_COMMANDS : lastWordsOfSsh(result)
}

/** If the shell ran no command, no message would arrive either. */
export const NO_COMMANDS = 'its login shell runs no commands'

/** Whether the last answer says that everything was done. Only that word counts (contract B34). */
export function isDone(result: Result, command: RemoteCommand): boolean {
  return command.answersIn(result.stdout).at(-1) === 'done'
}

/** The most peers that are named. The others are only counted. */
const MOST_NAMED = 3

/** Shows on a terminal which peers have not answered yet, and the time limit (see Context.live). */
export class PeerProgress {
  readonly #context: Context
  readonly #total: number
  readonly #waiting = new Map<string, number>()
  #answered = 0
  #clock: NodeJS.Timeout | undefined

  constructor(total: number, context: Context) {
    this.#total = total
    this.#context = context
  }

  /** Waits for a peer at most `patience` milliseconds. */
  async during<Answer>(peer: string, patience: number, answer: Promise<Answer>): Promise<Answer> {
    this.#waiting.set(peer, performance.now() + patience)
    this.#clock ??= setInterval(() => this.#show(), 1000)
    this.#show()
    try {
      return await answer
    } finally {
      this.#waiting.delete(peer)
      this.#answered++
      if (this.#waiting.size > 0) this.#show()
      else this.#stop()
    }
  }

  #stop(): void {
    clearInterval(this.#clock)
    this.#clock = undefined
    this.#context.live(undefined)
  }

  #show(): void {
    const names = [...this.#waiting.keys()]
    const others = names.length - MOST_NAMED
    const who = names.slice(0, MOST_NAMED).join(', ') + (others > 0 ? ` and ${others} more` : '')
    const left = Math.max(0, ...this.#waiting.values()) - performance.now()
    const seconds = Math.max(0, Math.ceil(left / 1000))
    this.#context.live(
      `${this.#answered} of ${this.#total} peers asked; waiting for ${who} (at most ${seconds} s)`,
    )
  }
}
