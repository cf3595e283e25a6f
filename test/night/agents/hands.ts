import { setTimeout as sleep } from 'node:timers/promises'
import type { Place } from '../history'
import type { Outcome } from '../world/machine'
import { destination, ENDLESS, type Household, newToken, pickReceiver, textOf, tokenIn } from '../world/post'
import type { Random } from '../world/random'
import type { Session } from '../world/session'
import type { Town } from './town'

const HALTED = 5
const NOTHING = 6
/** Seconds that a take lasts: who is killed must not keep a conversation until the morning. */
const TAKE = 45
/** Milliseconds. */
const REST = 400
/** Tries of what HALT, a full disk or a folder that is away keeps from succeeding. */
const TRIES = 40
const TYPES = [
  'request',
  'request',
  'request',
  'request',
  'query',
  'progress',
  'complete',
  'pushback',
] as const
/** Milliseconds without an answer after which an endless conversation is begun again. */
const SILENCE = 30_000
/** Conversations that two projects come back to. */
const TALKS = 3

interface Shown {
  readonly decision: string
  readonly path: string
  readonly conversation_id: string | null
  readonly message_type: string | null
  readonly from?: string | null
  readonly body?: string
}

/** What an agent does with its mail, by the commands alone. */
export class Hands {
  readonly session: Session
  readonly own: Household
  readonly town: Town
  readonly random: Random
  #wroteAt = Number.NEGATIVE_INFINITY

  constructor(session: Session, own: Household, town: Town, random: Random) {
    this.session = session
    this.own = own
    this.town = town
    this.random = random
  }

  /** Takes, handles and finishes messages until nothing is left to take, or the session is over. */
  async workThrough(): Promise<void> {
    const args = ['--next', '--take', '--for', String(TAKE), '--json', '--compact-json']
    for (let failures = 0; failures < TRIES && !this.session.isOver && this.town.phase !== 'end'; ) {
      const outcome = await this.session.run('recv', args)
      if (outcome.exit === null || outcome.exit === NOTHING) return
      const shown = shownIn(outcome)
      if (shown !== undefined && outcome.exit < HALTED) await this.#finish(outcome.exit, shown)
      else {
        failures++
        await sleep(REST)
      }
    }
  }

  async #finish(exit: number, shown: Shown): Promise<void> {
    if (exit === 1) return this.#move('--done', shown.path)
    if (exit !== 0 || this.random.chance(0.02)) return this.#move('--aside', shown.path)
    if (this.random.chance(0.03)) return this.#move('--put-back', shown.path)
    await this.#handle(shown)
  }

  async #handle(shown: Shown): Promise<void> {
    const token = tokenIn(shown.body ?? '')
    const { machine, project, name } = this.session
    if (token === undefined || this.session.isOver) return
    this.town.recorder.note({
      what: 'handled',
      machine: machine.name,
      project,
      session: name,
      token,
      conversation: shown.conversation_id ?? '',
      file: shown.path,
    })
    await sleep(this.random.below(300))
    if (this.#wantsToAnswer(shown)) await this.#answer(shown)
    await this.#move('--done', shown.path)
  }

  #wantsToAnswer({ message_type }: Shown): boolean {
    if (this.town.phase !== 'night') return false
    if (this.own.endlessWith !== undefined) return true
    return (message_type === 'request' || message_type === 'query') && this.random.chance(0.6)
  }

  async #answer(shown: Shown): Promise<void> {
    const [machine = '', project = ''] = (shown.from ?? '').split('.')
    // Without FROM there is nobody to answer.
    if (project === '') return
    const isEndless = this.own.endlessWith !== undefined
    const args = ['--reply-to', shown.path, '--retries', '0', ...(isEndless ? ['--type', 'request'] : [])]
    const type = isEndless ? 'request' : 'complete'
    await this.#send(args, { machine, project }, shown.conversation_id ?? '', type)
  }

  /** Writes to somebody. */
  async compose(): Promise<void> {
    const to = pickReceiver(this.own, this.town.households, this.random)
    const isEndless = this.own.endlessWith !== undefined
    if (isEndless && !this.#mayBeginAgain()) return
    const type = isEndless ? 'request' : (this.random.pick(TYPES) ?? 'request')
    const conversation = isEndless
      ? ENDLESS
      : `talk-${this.own.project}-${to.project}-${this.random.below(TALKS)}`
    const more = this.random.chance(0.15) && !isEndless ? ['--wait', String(2 + this.random.below(6))] : []
    const args = [destination(this.session.machine, to), '--type', type, '--conversation', conversation]
    // Else the title would be the text, and so would be those of all answers.
    const title = ['--title', `From ${this.own.project}`]
    await this.#send([...args, ...title, '--retries', '0', ...more], to, conversation, type)
  }

  #mayBeginAgain(): boolean {
    return this.own.onlyAnswers !== true && performance.now() - this.#wroteAt > SILENCE
  }

  async #send(args: readonly string[], to: Place, conversation: string, type: string): Promise<void> {
    const { doomed, recorder } = this.town
    const token = newToken()
    const isDoomed = doomed.place.project === this.own.project && !doomed.isRevoked && this.random.chance(0.5)
    const { machine, project, name } = this.session
    const from = { machine: machine.name, project }
    recorder.note({
      what: 'intended',
      token,
      session: name,
      from,
      to,
      conversation,
      type,
      byDoomedKey: isDoomed,
    })
    const key = isDoomed ? ['--key', doomed.key] : []
    // `--wait` is the last word.
    const outcome = await this.session.run('send', [...key, '-m', textOf(token), ...args], { token })
    if (outcome.exit === 0) this.#wroteAt = performance.now()
    if (args.includes('--wait') && outcome.exit === 0) await this.#handleAwaited(outcome.stdout)
    else if (outcome.exit === HALTED) await sleep(REST)
  }

  /** `--wait` showed an answer, and took it. */
  async #handleAwaited(stdout: string): Promise<void> {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stdout)?.[1]
    const path = field('file')
    if (path === undefined) return
    await this.#handle({
      decision: 'process',
      path,
      conversation_id: field('conversation_id') ?? '',
      message_type: field('message_type') ?? '',
      body: stdout.slice(stdout.indexOf('\nfile: ')),
    })
  }

  /** Tries again what failed: HALT ends, a disk gets room. */
  async #move(how: '--done' | '--aside' | '--put-back', path: string): Promise<void> {
    for (let tries = 0; tries < TRIES && !this.session.isOver; tries++) {
      const { exit } = await this.session.run('recv', [how, path])
      if (exit === 0 || exit === null) return
      await sleep(REST)
    }
  }
}

function shownIn({ stdout }: Outcome): Shown | undefined {
  try {
    const shown: Shown = JSON.parse(stdout)
    return typeof shown.path === 'string' && typeof shown.decision === 'string' ? shown : undefined
  } catch {
    return undefined
  }
}
