import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from '../world/machine'
import type { Hands } from './hands'

const WOKEN = 2
/** At most so often a turn goes on because a hook says so: real agents have such a limit too. */
const LONGEST_TURN = 20

/** An agent that hooks tell of mail, and that a waiter wakes while it is idle. */
export class HookAgent {
  #waiter: Promise<Outcome> | undefined

  readonly hands: Hands

  constructor(hands: Hands) {
    this.hands = hands
  }

  async run(): Promise<void> {
    const { session, town, random, own } = this.hands
    if (own.endlessWith !== undefined && town.phase === 'night') await this.hands.compose()
    if (tells(await this.#hook('SessionStart', { source: 'startup' }))) await this.#turn()
    else this.#wait('SessionStart')
    while (!session.isOver && town.phase !== 'end') {
      const isPrompted = town.phase === 'night' || town.phase === 'drain'
      const rest = isPrompted ? random.between(4000, 20_000) : 1000
      const woken = await Promise.race([sleep(rest), this.#waiter ?? sleep(rest), session.over])
      if (woken !== undefined) {
        this.#waiter = undefined
        if (woken.exit === WOKEN) await this.#turn()
        else {
          await sleep(500)
          if (!isPrompted && woken.exit !== null) await this.#turn()
        }
      } else if (isPrompted && (town.phase === 'drain' || random.chance(0.5))) await this.#prompt()
    }
  }

  /** Its user asks for something. */
  async #prompt(): Promise<void> {
    const { town, random } = this.hands
    const isTold = tells(await this.#hook('UserPromptSubmit', { prompt: 'Go on.' }))
    if (town.phase === 'night' && random.chance(0.7)) await this.hands.compose()
    if (isTold || town.phase === 'drain') await this.hands.workThrough()
    await this.#endTurn()
  }

  async #turn(): Promise<void> {
    await this.hands.workThrough()
    await this.#endTurn()
  }

  /** While its hook says that mail waits, the turn goes on. */
  async #endTurn(): Promise<void> {
    for (let more = 0; more < LONGEST_TURN && !this.hands.session.isOver; more++) {
      const { stdout } = await this.#hook('Stop', { stop_hook_active: more > 0 })
      if (!stdout.includes('"block"')) break
      await this.hands.workThrough()
    }
    this.#wait('Stop')
  }

  #hook(event: string, more: object): Promise<Outcome> {
    return this.hands.session.run('watch', ['--hook', 'claude'], {
      hook: event,
      input: this.#input(event, more),
    })
  }

  /** The newest waiter is the one that counts: the one before ends by itself. */
  #wait(event: string): void {
    const more = event === 'SessionStart' ? { source: 'startup' } : { stop_hook_active: false }
    const args = ['--hook', 'claude', '--once']
    this.#waiter = this.hands.session.run('watch', args, { hook: event, input: this.#input(event, more) })
  }

  #input(event: string, more: object): string {
    const { session } = this.hands
    return JSON.stringify({ session_id: session.name, cwd: session.folder, hook_event_name: event, ...more })
  }
}

function tells({ stdout }: Outcome): boolean {
  return stdout !== ''
}
