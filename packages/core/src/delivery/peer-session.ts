import { DONE_PREFIX, nameInDone } from '../mailbox/done-name'
import { STAMP_LENGTH, signatureName } from '../message/message-name'
import type { Peer } from '../peers/peers-file'
import { asksAgain, MOST_REPEATS, RemoteCommand } from '../peers/remote-command'
import { leavesConnectionToUs, type SharedConnection, shareConnection } from '../peers/shared-connection'
import { allWordsOfSsh, ssh, sshArguments } from '../peers/ssh'
import { Dialogue } from '../programs/dialogue'
import type { ExecOptions } from '../programs/exec'
import { projectFolder } from '../project/local-projects'
import { UNDECODABLE } from '../text/raw-name'
import { CONTROL_CHARACTER } from '../text/terminal'
import { CANNOT_WRITE, type Claim, claimIn, type Found, foundIn, type Recognise } from './claim'
import { type Landed, landedIn } from './landed'

/** Seconds. */
const CONNECT_TIMEOUT = 5
/** Milliseconds. */
const ANSWER_TIMEOUT = 15_000
const FLUSH_TIMEOUT = 60_000
const WATCH_TIMEOUT = 120_000
/** Bytes of the longest signature that is told rather than pushed: a pipe takes it at once. */
const LONGEST_TEXT = 16 * 1024
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
export class PeerSession {
  readonly #peer: Peer
  readonly #options: SessionOptions
  readonly #privateFolder: string
  #mayShare: Promise<boolean> | undefined
  #connection: SharedConnection | undefined
  #dialogue: Dialogue | undefined
  #command: RemoteCommand | undefined

  #folder: string | undefined

  /** Connects to nobody yet. `privateFolder` is for the socket; `mayShare` is what has been asked before. */
  constructor(peer: Peer, privateFolder: string, options: SessionOptions, mayShare?: Promise<boolean>) {
    this.#peer = peer
    this.#mayShare = mayShare
    this.#privateFolder = privateFolder
    this.#options = options
  }

  /** An ssh with these options, a command line that is split at blanks, shares the connection if there is one. */
  sharing(ssh: string): string {
    return this.#connection === undefined ? ssh : `${ssh} ${this.#connection.using}`
  }

  /** The whole path of the inbox, if the peer has told it. */
  get folder(): string | undefined {
    return this.#folder
  }

  /**
   * Asks for the first free of `names` in `inbox` (as peers.toml has it, `~` unexpanded). The signature goes along,
   * as far as it is text in lines: that spares a program and its way to the peer and back. With `recognise` the
   * message may have arrived before: then that decides first what is ours of what is there.
   */
  async claim(
    inbox: string,
    names: readonly string[],
    signature: Uint8Array | undefined,
    recognise?: Recognise,
  ): Promise<Claim> {
    this.close()
    this.#mayShare ??= leavesConnectionToUs(this.#peer, this.#options)
    if (await this.#mayShare) this.#connection ??= shareConnection(this.#privateFolder)
    const text = signature === undefined ? undefined : linesOf(signature)
    const mode = signature === undefined ? 'none' : text === undefined ? 'empty' : 'signed'
    const again = recognise === undefined ? 'first' : 'again'
    const folders = [projectFolder(inbox), inbox]
    const words = [...folders, again, mode, text ?? '', endOfChanged(names), ...withoutCommonEnds(names)]
    const command = await RemoteCommand.make('claim', words)
    const args = sshArguments(this.#peer, CONNECT_TIMEOUT, this.#connection?.making)
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
  async flush(
    inbox: string,
    name: string,
    isSigned: boolean,
  ): Promise<Landed | { readonly error: string } | undefined> {
    const landed = (await this.#flushInSession()) ?? (await this.#flushAnew(inbox, name, isSigned))
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

  async #flushAnew(inbox: string, name: string, isSigned: boolean): Promise<Landed | false | undefined> {
    const { interruption, isHalted } = this.#options
    if (isHalted?.() || interruption?.signal !== undefined) return undefined
    // The connection that the name was claimed over is gone.
    const files = isSigned ? [signatureName(name), name] : [name]
    const command = await RemoteCommand.make('flush', [inbox, ...files])
    const options = { ...this.#options, timeout: FLUSH_TIMEOUT }
    const { stdout } = await ssh(this.#peer, command, CONNECT_TIMEOUT, options)
    const answers = command.answersIn(stdout).map(landedIn)
    return answers.find((answer) => answer !== undefined)
  }

  close(): void {
    this.#dialogue?.close()
    this.#dialogue = undefined
  }
}

/** What follows the stamp in the name that `done/` gives a message which it does not leave its own (B52). */
function endOfChanged([name = '']: readonly string[]): string {
  return nameInDone(name, false, 1).slice(DONE_PREFIX.length + STAMP_LENGTH)
}

/**
 * How all of them begin, how they end, and what of each lies between: names of one message differ in some digits, and the
 * peer's shell reads byte by byte.
 */
function withoutCommonEnds(names: readonly string[]): string[] {
  const [first = '', ...others] = names
  const common = (isSame: (length: number) => boolean, most: number) => {
    let length = 0
    while (length < most && isSame(length)) length++
    return length
  }
  const start = common((at) => others.every((name) => name[at] === first[at]), STAMP_LENGTH)
  const shortest = Math.min(...names.map((name) => name.length)) - start
  const end = common((at) => others.every((name) => name.at(-1 - at) === first.at(-1 - at)), shortest)
  return [
    first.slice(0, start),
    first.slice(first.length - end),
    ...names.map((name) => name.slice(start, name.length - end)),
  ]
}

/** An absolute path that a peer tells. Only its own rsync is told of it. */
function folderIn(answer: string | undefined): string | undefined {
  const folder = answer?.startsWith('in /') ? answer.slice('in '.length) : undefined
  const isWhole = folder !== undefined && !CONTROL_CHARACTER.test(folder) && !folder.includes(UNDECODABLE)
  return isWhole ? folder : undefined
}

/** A signature as whole lines of plain text, as armored ones are; undefined if it is anything else, or long. */
function linesOf(signature: Uint8Array): string | undefined {
  if (signature.length > LONGEST_TEXT) return undefined
  const text = Buffer.from(signature).toString('latin1')
  return /^([ -~]+\n|\n)+$/.test(text) && !/^[.]$/m.test(text) ? text : undefined
}

/** `mayBeLast`: nobody needs the words that rsync has for a peer that is not there. */
function withoutAnswer({ end, saysTooMuch }: Dialogue, mayBeLast: boolean): Claim {
  if (saysTooMuch) return { is: 'failed', error: 'it says too much, and nothing that answers' }
  if (end === undefined) return { is: 'failed', error: `no answer within ${ANSWER_TIMEOUT / 1000} s` }
  return end.exitCode === 255 && (mayBeLast || !NOBODY_THERE.test(end.stderr))
    ? { is: 'failed', error: allWordsOfSsh(end) }
    : { is: 'unknown' }
}
