import type { Peer } from '../peers/peers-file'
import { type SharedConnection, shareConnection } from '../peers/shared-connection'
import { ssh, sshArguments } from '../peers/ssh'
import { Dialogue } from '../programs/dialogue'
import { allWords, type ExecOptions } from '../programs/exec'
import { shellQuote } from '../text/shell'
import { CANNOT_WRITE, type Claim, claimIn, type Found, foundIn, type Recognise } from './claim'
import { CLAIM_SCRIPT, END_OF_SIGNATURE, FLUSH_SCRIPT, folderWords, Question } from './peer-scripts'

/** Seconds. */
const CONNECT_TIMEOUT = 5
/** Milliseconds. */
const ANSWER_TIMEOUT = 15_000
const FLUSH_TIMEOUT = 60_000
const WATCH_TIMEOUT = 120_000
/** Bytes of the longest signature that is told rather than pushed: a pipe takes it at once. */
const LONGEST_TEXT = 16 * 1024
const NOBODY_THERE = /could not resolve|connection refused|no route to host|network is unreachable/i

type SessionOptions = Pick<ExecOptions, 'env' | 'interruption' | 'isHalted'>

/**
 * A shell on a peer for as long as a message is on its way there: it claims the name, and flushes what has arrived.
 * The programs that bring the files share its connection (contract C20). It ends with us, whatever ends us.
 */
export class PeerSession {
  readonly #peer: Peer
  readonly #options: SessionOptions
  readonly #privateFolder: string
  #connection: SharedConnection | undefined
  #dialogue: Dialogue | undefined
  #question: Question | undefined

  /** Connects to nobody yet. `privateFolder` is for the socket. */
  constructor(peer: Peer, privateFolder: string, options: SessionOptions) {
    this.#peer = peer
    this.#privateFolder = privateFolder
    this.#options = options
  }

  /** An ssh with these options, a command line that is split at blanks, shares the connection if there is one. */
  sharing(ssh: string): string {
    return this.#connection === undefined ? ssh : `${ssh} ${this.#connection.using}`
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
    this.#connection ??= await shareConnection(this.#peer, this.#privateFolder, this.#options)
    const question = new Question()
    const text = signature === undefined ? undefined : linesOf(signature)
    const mode = signature === undefined ? 'none' : text === undefined ? 'empty' : 'signed'
    const again = recognise === undefined ? 'first' : 'again'
    const words = [again, mode, ...question.words, ...names].map(shellQuote)
    const command = ['sh', '-c', shellQuote(CLAIM_SCRIPT), 'sh', ...folderWords(inbox), ...words].join(' ')
    const args = sshArguments(this.#peer, command, CONNECT_TIMEOUT, this.#connection?.making)
    const dialogue = new Dialogue('ssh', args, this.#options)
    if (text !== undefined) dialogue.say(text + END_OF_SIGNATURE)
    const claim = await this.#settle(dialogue, question, names, recognise)
    if (claim?.is === 'claimed' || claim?.is === 'arrived') {
      this.#dialogue = dialogue
      this.#question = question
      return claim
    }
    dialogue.close()
    return claim ?? withoutAnswer(dialogue, recognise !== undefined)
  }

  /** Hears the peer out until it has claimed a name, or says why not; undefined where it does not answer. */
  async #settle(
    dialogue: Dialogue,
    question: Question,
    names: readonly string[],
    recognise: Recognise | undefined,
  ): Promise<Claim | undefined> {
    const found: Found[] = []
    const listen = () =>
      dialogue.hear((line) => {
        const answer = question.answerIn(line)
        const earlier = foundIn(answer, names)
        if (earlier !== undefined) found.push(earlier)
        return answer === 'searched' ? answer : claimIn(answer, names)
      }, ANSWER_TIMEOUT)
    const first = await listen()
    if (first !== 'searched') return first
    const own = await recognise?.(found)
    if (own !== undefined && 'error' in own) return { is: 'failed', ...own }
    dialogue.say(own === undefined ? 'claim' : `take ${names.indexOf(own.name)}`)
    const claim = await listen()
    if (claim === 'searched') return undefined
    return claim?.is === 'claimed' && own !== undefined && own.where !== 'nowhere'
      ? { is: 'arrived', name: own.name }
      : claim
  }

  /** Has the peer bring its copies of a message and, if it is signed, of its signature to its disk, and their names. */
  async flush(
    inbox: string,
    name: string,
    isSigned: boolean,
  ): Promise<{ readonly error: string } | undefined> {
    const isFlushed = (await this.#flushInSession()) ?? (await this.#flushAnew(inbox, name, isSigned))
    return isFlushed === false ? { error: CANNOT_WRITE } : undefined
  }

  /** False where the disk failed; undefined where there is no answer. */
  async #flushInSession(): Promise<boolean | undefined> {
    if (this.#dialogue === undefined || this.#dialogue.end !== undefined) return undefined
    const question = this.#question
    this.#dialogue.say('flush')
    return this.#dialogue.hear((line) => flushIn(question?.answerIn(line)), FLUSH_TIMEOUT)
  }

  /**
   * Resolves to true as soon as the message is on the peer, whole and on its disk; to false where that cannot be told,
   * or the disk failed.
   */
  async hasLanded(): Promise<boolean> {
    if (this.#dialogue === undefined || this.#dialogue.end !== undefined) return false
    const question = this.#question
    this.#dialogue.say('watch')
    return (await this.#dialogue.hear((line) => landedIn(question?.answerIn(line)), WATCH_TIMEOUT)) ?? false
  }

  async #flushAnew(inbox: string, name: string, isSigned: boolean): Promise<boolean | undefined> {
    const { interruption, isHalted } = this.#options
    if (isHalted?.() || interruption?.signal !== undefined) return undefined
    // The connection that the name was claimed over is gone.
    const question = new Question()
    const files = (isSigned ? [`${name}.asc`, name] : [name]).map(shellQuote)
    const [, folder = ''] = folderWords(inbox)
    const words = [folder, ...question.words.map(shellQuote), ...files]
    const command = `sh -c ${shellQuote(FLUSH_SCRIPT)} sh ${words.join(' ')}`
    const options = { ...this.#options, timeout: FLUSH_TIMEOUT }
    const { stdout } = await ssh(this.#peer, command, CONNECT_TIMEOUT, options)
    const answers = stdout.split('\n').map((line) => flushIn(question.answerIn(line)))
    return answers.find((answer) => answer !== undefined)
  }

  close(): void {
    this.#dialogue?.close()
    this.#dialogue = undefined
  }
}

function flushIn(answer: string | undefined): boolean | undefined {
  return answer === 'flushed' ? true : answer === 'failed' ? false : undefined
}

/** False where the peer has given up watching. */
function landedIn(answer: string | undefined): boolean | undefined {
  return answer === 'absent' ? false : flushIn(answer)
}

/** A signature as whole lines of plain text, as armored ones are; undefined if it is anything else, or long. */
function linesOf(signature: Uint8Array): string | undefined {
  if (signature.length > LONGEST_TEXT) return undefined
  const text = Buffer.from(signature).toString('latin1')
  return /^([ -~]+\n|\n)+$/.test(text) && !/^[.]$/m.test(text) ? text : undefined
}

/** `mayBeLast`: nobody needs the words that rsync has for a peer that is not there. */
function withoutAnswer({ end }: Dialogue, mayBeLast: boolean): Claim {
  if (end === undefined) return { is: 'failed', error: `no answer within ${ANSWER_TIMEOUT / 1000} s` }
  return end.exitCode === 255 && (mayBeLast || !NOBODY_THERE.test(end.stderr))
    ? { is: 'failed', error: allWords(end) }
    : { is: 'unknown' }
}
