import { signatureName } from '../../message/message-name'
import { asksAgain, MOST_REPEATS, RemoteCommand } from '../../peers/remote-command'
import { leavesConnectionToUs, type SharedConnection, shareConnection } from '../../peers/shared-connection'
import { allWordsOfSsh, ssh, sshArguments } from '../../peers/ssh'
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
 * A shell on a peer for as long as a message is on its way there: it claims the name, and flushes what has arrived.
 * The programs that bring the files share its connection (contract C20). It ends with us, whatever ends us.
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

  /** Connects to nobody yet. `privateFolder` is for the socket. */
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

  /**
   * Asks for a name. With `recognise` the message may have arrived before: then that decides first what is ours of what
   * is there.
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

  /** Hears the peer out until it has claimed a name, or says why not; undefined where it does not answer. */
  async #settle(
    dialogue: Dialogue,
    command: RemoteCommand,
    names: readonly string[],
    recognise: Recognise | undefined,
  ): Promise<Claim | undefined> {
    // By name: a peer that lists one again and again says nothing new (B72).
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
   * Has the peer bring its copies of a message and, if it is signed, of its signature to its disk, and their names, and
   * tell what lies there. Undefined where it does not answer.
   */
  async flush(name: string): Promise<Landed | { readonly error: string } | undefined> {
    const landed = (await this.#flushInSession()) ?? (await this.#flushAnew(name))
    return landed === false ? { error: CANNOT_WRITE } : landed
  }

  /** False where the disk failed; undefined where there is no answer. */
  async #flushInSession(): Promise<Landed | false | undefined> {
    if (this.#dialogue === undefined || this.#dialogue.end !== undefined) return undefined
    const command = this.#command
    this.#dialogue.say('flush')
    return this.#dialogue.hear((line) => {
      const answer = command?.answerIn(line)
      return answer === 'absent' ? { files: ['gone'] } : landedIn(answer)
    }, FLUSH_TIMEOUT)
  }

  /**
   * Resolves to what lies there as soon as the message is on the peer, whole and on its disk; to false where that cannot
   * be told, or the disk failed.
   */
  async hasLanded(): Promise<Landed | false> {
    if (this.#dialogue === undefined || this.#dialogue.end !== undefined) return false
    const command = this.#command
    this.#dialogue.say('watch')
    const landed = await this.#dialogue.hear((line) => {
      const answer = command?.answerIn(line)
      // The peer has given up watching.
      return answer === 'absent' ? false : landedIn(answer)
    }, WATCH_TIMEOUT)
    return landed ?? false
  }

  async #flushAnew(name: string): Promise<Landed | false | undefined> {
    const { peer, inbox, signature } = this.#delivery
    const { interruption, isHalted } = this.#options
    if (isHalted?.() || interruption?.signal !== undefined) return undefined
    // The connection that the name was claimed over is gone.
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

/** `mayBeLast`: nobody needs the words that rsync has for a peer that is not there. */
function withoutAnswer({ end, saysTooMuch }: Dialogue, mayBeLast: boolean): Claim {
  if (saysTooMuch) return { is: 'failed', error: 'it says too much, and gives no answer' }
  if (end === undefined) return { is: 'failed', error: `no answer within ${ANSWER_TIMEOUT / 1000} s` }
  return end.exitCode === 255 && (mayBeLast || !NOBODY_THERE.test(end.stderr))
    ? { is: 'failed', error: allWordsOfSsh(end) }
    : { is: 'unknown' }
}
