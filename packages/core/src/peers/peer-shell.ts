import { Dialogue } from '../programs/dialogue'
import type { ExecOptions } from '../programs/exec'
import type { Peer } from './peers-file'
import { NO_COMMANDS, reachProblem } from './reach'
import { asksAgain, MOST_REPEATS, RemoteCommand, type ScriptName } from './remote-command'
import { askingArguments } from './ssh'

/** Seconds. */
const CONNECT_TIMEOUT = 10
/** Milliseconds until a peer answers. A person may have to type a password or find a fingerprint. */
const ANSWER_TIME = { asked: 180_000, unasked: 20_000 } as const

/** Why a peer gave no answer. The message is for people; it holds the peer's words as they are. */
export class PeerSilence extends Error {}

/** What a script answered, with the bytes behind each answer. */
export interface Answer {
  readonly answer: string
  /** Undefined unless lines in hexadecimal follow. */
  readonly bytes: Buffer | undefined
}

type Options = Pick<ExecOptions, 'env' | 'interruption'>

/**
 * A shell on a peer that runs one script after another by one connection, so nobody types a password twice (contract
 * C30). It ends when this process ends, for any reason.
 */
export class PeerShell {
  readonly #dialogue: Dialogue
  /** What start-up files there print before a command: rsync would take it for its peer's answer (contract B63). */
  readonly spoken: string

  private constructor(dialogue: Dialogue, spoken: readonly string[]) {
    this.#dialogue = dialogue
    this.spoken = spoken.join(' ').trim()
  }

  /** Connects. With `mayAsk`, ssh may ask on the terminal. Throws PeerSilence. */
  static async open(peer: Peer, mayAsk: boolean, options: Options): Promise<PeerShell> {
    const relay = await RemoteCommand.make('relay')
    const dialogue = new Dialogue('ssh', askingArguments(peer, CONNECT_TIMEOUT, mayAsk), options)
    dialogue.tell(relay.input)
    const patience = mayAsk ? ANSWER_TIME.asked : ANSWER_TIME.unasked
    let repeats = 0
    const spoken: string[] = []
    const heard = await dialogue.hear((line) => {
      if (asksAgain(line) && ++repeats > MOST_REPEATS) return 'lost'
      if (asksAgain(line)) dialogue.tell(relay.input)
      else if (relay.answerIn(line) === undefined) spoken.push(line)
      return relay.answerIn(line)
    }, patience)
    if (heard === 'done') return new PeerShell(dialogue, spoken)
    dialogue.close()
    if (heard === 'lost')
      throw new PeerSilence(
        'its shell loses what it is told: a start-up file there reads the input of commands',
      )
    throw new PeerSilence(whySilent(dialogue, relay, patience))
  }

  /**
   * Runs a script and returns its answers. Its last answer is `done` or `end`, or begins with `failed`. Throws
   * PeerSilence if none comes within `timeout` milliseconds.
   */
  async run(script: ScriptName, words: readonly string[], timeout: number): Promise<Answer[]> {
    const command = await RemoteCommand.make(script, words)
    const answers: { answer: string; hex: string[] }[] = []
    this.#dialogue.tell(command.input)
    const isOver = await this.#dialogue.hear((line) => {
      const answer = command.answerIn(line)
      if (answer === undefined) {
        if (line.startsWith('\t')) answers.at(-1)?.hex.push(line)
        return undefined
      }
      answers.push({ answer, hex: [] })
      return /^(?:done|end|changed|failed .*)$/.test(answer) ? true : undefined
    }, timeout)
    if (isOver) return answers.map(({ answer, hex }) => ({ answer, bytes: bytesIn(hex) }))
    const { end, saysTooMuch } = this.#dialogue
    if (saysTooMuch) throw new PeerSilence('it says too much, and gives no answer')
    throw new PeerSilence(end === undefined ? `no answer within ${timeout / 1000} s` : 'its connection ended')
  }

  close(): void {
    this.#dialogue.close()
  }
}

function bytesIn(lines: readonly string[]): Buffer | undefined {
  if (lines.length === 0) return undefined
  const hex = lines.join('').replace(/[ \t]/g, '')
  return /^(?:[0-9a-f]{2})*$/i.test(hex) ? Buffer.from(hex, 'hex') : undefined
}

function whySilent({ end, saysTooMuch }: Dialogue, relay: RemoteCommand, patience: number): string {
  if (saysTooMuch) return 'it says too much, and gives no answer'
  const silence = `no answer within ${patience / 1000} s`
  if (end === undefined) return silence
  if (end.failure === 'not-found') return 'ssh is not installed here'
  return reachProblem(end, relay, silence) ?? NO_COMMANDS
}
