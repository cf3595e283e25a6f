import { setTimeout as sleep } from 'node:timers/promises'
import { brakeOf, haltMessage, readHalt } from '@cac/core/brake/halt'
import { liveBrake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { onlyNews } from '@cac/core/command/only-news'
import { fileName } from '@cac/core/fs/paths'
import { makeJudge } from '@cac/core/mailbox/judge'
import { Mailbox, type WaitingMessage } from '@cac/core/mailbox/mailbox'
import type { Identity } from '@cac/core/mailbox/message-identity'
import type { Vetted } from '@cac/core/mailbox/vet'
import { changedInboxes } from '@cac/core/mailbox/watching/changed-inboxes'
import { LOOK_EVERY } from '@cac/core/mailbox/watching/watch-loop'
import { type ExecOptions, exec, type Result } from '@cac/core/programs/exec'
import { holdSignals, type Interruption } from '@cac/core/programs/interruption'
import type { Inbox } from '@cac/core/project/projects'
import { escapeAll } from '@cac/core/text/terminal'
import { HandledMessages } from './handled-messages'
import { environmentFor } from './message-environment'
import type { Options } from './options'
import { makeScope } from './scope'
import { WatchLog } from './watch-log'

/**
 * Runs a program for each message that waits or arrives, one at a time and without a shell (contract C5). The path is
 * the last argument. A failed run is logged, and this watcher does not try it again. HALT ends the current program, and
 * no other is started. After HALT the watcher continues, with the message that HALT interrupted. Only a signal ends it.
 */
export async function runForEach(
  command: readonly string[],
  options: Options,
  context: Context,
): Promise<number> {
  const scope = await makeScope(options, context)
  const interruption = holdSignals()
  const runner = new Runner(command, new WatchLog(options, context), context, interruption)
  interruption.onSignal(() => {
    // While nothing runs there is nothing to clean up.
    if (!runner.isRunning) interruption.release()
  })
  try {
    if (options.new) for (const inbox of await scope.list()) runner.skip(await runner.waitingIn(inbox))
    const looks = changedInboxes({ list: scope.list, check: interruption.check }, context)
    for await (const inboxes of looks) for (const inbox of inboxes) await runner.handle(inbox)
    return 0
  } finally {
    interruption.release()
  }
}

class Runner {
  readonly #program: string
  readonly #args: readonly string[]
  readonly #log: WatchLog
  readonly #context: Context
  readonly #interruption: Interruption
  readonly #isHalted: () => boolean
  isRunning = false
  /** Messages for which the program has run. */
  readonly #handled = new HandledMessages()
  /** Verdicts on releases and on the messages that they release. */
  readonly #verdicts = new Map<string, Vetted>()
  readonly #saidOnce: (line: string) => void

  constructor(
    [program = '', ...args]: readonly string[],
    log: WatchLog,
    context: Context,
    interruption: Interruption,
  ) {
    this.#program = program
    this.#args = args
    this.#log = log
    this.#context = context
    this.#interruption = interruption
    this.#isHalted = brakeOf(context)
    this.#saidOnce = onlyNews(context.err)
  }

  skip(messages: readonly WaitingMessage[]): void {
    for (const { path } of messages) this.#handled.add(path)
  }

  /** All messages that wait in an inbox and were not handled, also those that arrive meanwhile. */
  async handle(inbox: Inbox): Promise<void> {
    for (;;) {
      const waiting = (await this.waitingIn(inbox)).filter(({ path }) => !this.#handled.has(path))
      if (waiting.length === 0) return
      for (const message of waiting) await this.#runFor(message)
    }
  }

  /** All messages that wait in an inbox. While halted, nothing is read. */
  async waitingIn(inbox: Inbox): Promise<WaitingMessage[]> {
    for (;;) {
      const judge = makeJudge(this.#context, liveBrake(this.#context), { verdicts: this.#verdicts })
      try {
        return await new Mailbox([inbox]).waiting(judge)
      } catch (error) {
        if (!(error instanceof Failure && error.kind === 'halted')) throw error
      }
      await this.#whileHalted()
    }
  }

  async #runFor(message: WaitingMessage): Promise<void> {
    await this.#whileHalted()
    const identity = this.#handled.identityOf(message.path)
    // The program may have finished several at once.
    if (identity === undefined || this.#handled.has(message.path)) return
    this.#handled.add(message.path, identity)
    let wasEnded = false
    const limits: ExecOptions = {
      env: environmentFor(message, this.#context),
      interruption: this.#interruption,
      isHalted: () => {
        wasEnded ||= this.#isHalted()
        return wasEnded
      },
      output: 'shared',
    }
    this.isRunning = true
    const result = await this.#exec(message.path, limits)
    this.isRunning = false
    const isHaltedEnd = wasEnded || (result.exitCode !== 0 && this.#isHalted())
    const isAgain = isHaltedEnd || isForNow(result)
    if (isAgain) this.#handled.delete(message.path, identity)
    else this.#takeChanges(message.path, identity)
    if (isForNow(result)) await this.#waitAWhile(result)
    else this.#record(message, result, isHaltedEnd)
    this.#interruption.check()
  }

  async #waitAWhile(result: Result): Promise<void> {
    this.#saidOnce(
      `cross-agent-watch: ${this.#program} cannot be started now: ${reasonOfEnd(result)}; trying again`,
    )
    await sleep(LOOK_EVERY)
  }

  /** If the program changed its own message, that is not a new message. */
  #takeChanges(path: string, before: Identity): void {
    const now = this.#handled.identityOf(path)
    if (now?.file === before.file) this.#handled.add(path, now)
  }

  async #exec(path: string, limits: ExecOptions): Promise<Result> {
    // A program's argument cannot hold it.
    const detail = 'the name is not UTF-8'
    return path.isWellFormed()
      ? exec(this.#program, [...this.#args, path], limits)
      : { exitCode: undefined, stdout: '', stderr: '', failure: 'not-started', detail }
  }

  async #whileHalted(): Promise<void> {
    for (let hasSaid = false; ; hasSaid = true) {
      this.#interruption.check()
      const halt = readHalt(this.#context.paths)
      if (halt === undefined) return
      if (!hasSaid) this.#context.err(`${haltMessage('halt active', halt)}; nothing is run until resume`)
      await sleep(LOOK_EVERY)
    }
  }

  /** A message whose run HALT ended is handled again after resume (contract B73). */
  #record({ path, project }: WaitingMessage, result: Result, isHaltedEnd: boolean): void {
    const time = `${new Date(this.#context.now()).toISOString().slice(0, 19)}Z`
    const end = result.exitCode === 0 ? 'handled' : `failed: ${reasonOfEnd(result)}`
    this.#log.append(`${time}\t${escapeAll(project)}\t${escapeAll(fileName(path))}\t(${end})\n`)
    if (result.exitCode === 0) return
    const again = isHaltedEnd ? '; it is run again after resume' : ''
    this.#context.err(
      `cross-agent-watch: ${this.#program} failed for ${path}: ${reasonOfEnd(result)}${again}`,
    )
  }
}

/** The program was not started because a resource was short that may become free again. */
function isForNow({ failure, detail = '' }: Result): boolean {
  return failure === 'not-started' && /\b(?:EAGAIN|ENOMEM|EMFILE|ENFILE)\b/.test(detail)
}

function reasonOfEnd({ exitCode, failure, detail }: Result): string {
  return exitCode === undefined ? [failure, detail].filter(Boolean).join(' ') : `exit ${exitCode}`
}
