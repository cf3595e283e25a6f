import { signatureName } from '../../message/message-name'
import { asksAgain, MOST_REPEATS, RemoteCommand } from '../../peers/remote-command'
import {
  allWordsOfSsh,
  leavesConnectionToUs,
  type SharedConnection,
  shareConnection,
  ssh,
  sshArguments,
} from '../../peers/ssh'
import { Dialogue } from '../../programs/dialogue'
import type { ExecOptions } from '../../programs/exec'
import type { Line } from '../rsync'
import type { RemoteDelivery } from '../way'
import {
  CANNOT_WRITE,
  type Claim,
  claimIn,
  type Found,
  folderIn,
  foundIn,
  type Landed,
  landedIn,
  type Recognise,
  untouchedIn,
} from './answers'
import { claimCommand } from './question'

/** Seconds. */
const CONNECT_TIMEOUT = 5
/** Milliseconds. */
const ANSWER_TIMEOUT = 15_000
const FLUSH_TIMEOUT = 60_000
const WATCH_TIMEOUT = 120_000
const NOBODY_THERE = /could not resolve|connection refused|no route to host|network is unreachable/i

const NOT_UNDERSTOOD: Claim = {
  is: 'failed',
  error: 'its shell loses what it is told: a start-up file there reads the input of commands',
}

type SessionOptions = Pick<ExecOptions, 'env' | 'interruption' | 'isHalted'>

/**
 * A shell on a peer that runs while a message is sent there. It claims the name and flushes the files. The programs
 * that push the files share its connection (contract C20). The shell ends when this process ends, for any reason.
 */
export class PeerSession implements Line {
  readonly #delivery: RemoteDelivery
  readonly #privateFolder: string
  readonly #options: SessionOptions
  #mayShare: Promise<boolean> | undefined
  #connection: SharedConnection | undefined
  #dialogue: Dialogue | undefined
  #command: RemoteCommand | undefined
  #folder: string | undefined
  #untouchedSince: number | undefined

  /** Does not connect yet. `privateFolder` is for the socket. */
  constructor(delivery: RemoteDelivery, privateFolder: string, options: SessionOptions) {
    this.#delivery = delivery
    this.#privateFolder = privateFolder
    this.#options = options
    this.#mayShare = delivery.mayShare
  }

  sharing(ssh: string): string {
    return this.#connection === undefined ? ssh : `${ssh} ${this.#connection.using}`
  }

  get folder(): string | undefined {
    return this.#folder
  }

  /** See untouchedIn. Known once the message has landed. */
  get untouchedSince(): number | undefined {
    return this.#untouchedSince
  }

  /**
   * Asks for a name. `recognise` is given if the message may have arrived before: it first decides which of the files
   * there are ours.
   */
  async claim(recognise?: Recognise): Promise<Claim> {
    this.close()
    const { peer, names } = this.#delivery
    this.#mayShare ??= leavesConnectionToUs(peer, this.#options)
    if (await this.#mayShare) this.#connection ??= shareConnection(this.#privateFolder)
    const command = await claimCommand(this.#delivery)
    const args = sshArguments(peer, CONNECT_TIMEOUT, this.#connection?.making)
    const dialogue = new Dialogue('ssh', args, this.#options)
    dialogue.tell(command.input)
    const claim = await this.#settle(dialogue, command, names, recognise)
    if (claim?.is === 'claimed' || claim?.is === 'arrived') {
      this.#dialogue = dialogue
      this.#command = command
      return claim
    }
    dialogue.close()
    return claim ?? withoutAnswer(dialogue, recognise !== undefined)
  }

  /** Reads answers until the peer has claimed a name or refused; undefined if it does not answer. */
  async #settle(
    dialogue: Dialogue,
    command: RemoteCommand,
    names: readonly string[],
    recognise: Recognise | undefined,
  ): Promise<Claim | undefined> {
    // Keyed by name: a peer that repeats a name adds nothing new (B72).
    const found = new Map<string, Found>()
    let repeats = 0
    const listen = () =>
      dialogue.hear((line) => {
        if (asksAgain(line) && ++repeats > MOST_REPEATS) return NOT_UNDERSTOOD
        if (asksAgain(line)) dialogue.tell(command.input)
        const answer = command.answerIn(line)
        this.#folder ??= folderIn(answer)
        const earlier = foundIn(answer, names)
        if (earlier !== undefined && !found.has(earlier.name)) found.set(earlier.name, earlier)
        return answer === 'searched' ? answer : claimIn(answer, names)
      }, ANSWER_TIMEOUT)
    const first = await listen()
    if (first !== 'searched') return first
    const own = await recognise?.([...found.values()])
    if (own !== undefined && 'error' in own) return { is: 'failed', ...own }
    dialogue.say(own === undefined ? 'claim' : `take ${names.indexOf(own.name)}`)
    const claim = await listen()
    if (claim === 'searched') return undefined
    return claim?.is === 'claimed' && own !== undefined && own.where !== 'nowhere'
      ? { is: 'arrived', name: own.name }
      : claim
  }

  /**
   * Has the peer flush its copies of the message and its signature, if any, with their names, and report what is there.
   * Undefined if it does not answer.
   */
  async flush(name: string): Promise<Landed | { readonly error: string } | undefined> {
    const landed = (await this.#flushInSession()) ?? (await this.#flushAnew(name))
    return landed === false ? { error: CANNOT_WRITE } : landed
  }

  /** False if the disk failed; undefined if there is no answer. */
  async #flushInSession(): Promise<Landed | false | undefined> {
    if (this.#dialogue === undefined || this.#dialogue.end !== undefined) return undefined
    this.#dialogue.say('flush')
    return this.#dialogue.hear((line) => {
      const answer = this.#answerIn(line)
      return answer === 'absent' ? { files: ['gone'] } : landedIn(answer)
    }, FLUSH_TIMEOUT)
  }

  /**
   * Resolves to the files there once the whole message is on the peer's disk. Resolves to false if this cannot be
   * determined, or the disk failed.
   */
  async hasLanded(): Promise<Landed | false> {
    if (this.#dialogue === undefined || this.#dialogue.end !== undefined) return false
    this.#dialogue.say('watch')
    const landed = await this.#dialogue.hear((line) => {
      const answer = this.#answerIn(line)
      // The peer has stopped watching.
      return answer === 'absent' ? false : landedIn(answer)
    }, WATCH_TIMEOUT)
    return landed ?? false
  }

  #answerIn(line: string): string | undefined {
    const answer = this.#command?.answerIn(line)
    this.#untouchedSince ??= untouchedIn(answer)
    return answer
  }

  async #flushAnew(name: string): Promise<Landed | false | undefined> {
    const { peer, inbox, signature } = this.#delivery
    const { interruption, isHalted } = this.#options
    if (isHalted?.() || interruption?.signal !== undefined) return undefined
    // The connection that claimed the name is gone.
    const files = signature === undefined ? [name] : [signatureName(name), name]
    const command = await RemoteCommand.make('flush', [inbox, ...files])
    const options = { ...this.#options, timeout: FLUSH_TIMEOUT }
    const { stdout } = await ssh(peer, command, CONNECT_TIMEOUT, options)
    const answers = command.answersIn(stdout).map(landedIn)
    return answers.find((answer) => answer !== undefined)
  }

  close(): void {
    this.#dialogue?.close()
    this.#dialogue = undefined
  }
}

/** `mayBeLast`: rsync's words about an unreachable peer are not needed. */
function withoutAnswer({ end, saysTooMuch }: Dialogue, mayBeLast: boolean): Claim {
  if (saysTooMuch) return { is: 'failed', error: 'it says too much, and gives no answer' }
  if (end === undefined) return { is: 'failed', error: `no answer within ${ANSWER_TIMEOUT / 1000} s` }
  return end.exitCode === 255 && (mayBeLast || !NOBODY_THERE.test(end.stderr))
    ? { is: 'failed', error: allWordsOfSsh(end) }
    : { is: 'unknown' }
}
