import type { ChildProcess } from 'node:child_process'
import { afterEach } from 'vitest'
import type { Home, Outcome, RunOptions } from './home'
import { outcomeOf } from './home'
import { until } from './until'

/** A line of `cross-agent-status --follow --json`. */
export interface EventLine {
  readonly event: string
  readonly [key: string]: unknown
}

/** A `cross-agent-status --follow` that runs, with all that it has printed so far. */
export class Follower {
  readonly child: ChildProcess
  readonly ended: Promise<Outcome>
  #text = ''

  constructor(home: Home, args: readonly string[], options: RunOptions = {}) {
    this.child = home.start('status', ['--follow', ...args], options)
    this.ended = outcomeOf(this.child)
    this.child.stdout?.on('data', (text: string) => {
      this.#text += text
    })
  }

  /** The whole lines. */
  get lines(): string[] {
    return this.#text.split('\n').slice(0, -1)
  }

  get events(): EventLine[] {
    return this.lines.map((line): EventLine => JSON.parse(line))
  }

  /** What happened since it is ready: the event and the message, as `arrived A question`, or the reason. */
  get told(): string[] {
    const events = this.events
    return events.slice(events.findIndex(({ event }) => event === 'ready') + 1).map(inWords)
  }

  untilReady(): Promise<unknown> {
    return until(() => this.lines.some((line) => /"ready"|Z {2}ready/.test(line)), 'it follows')
  }

  /** Waits until it has told something. */
  async until(words: string): Promise<void> {
    try {
      await until(() => this.told.includes(words), words)
    } catch (error) {
      throw new Error(`not told: ${words}\ntold: ${this.told.join('\n')}`, { cause: error })
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Outcome> {
    this.child.kill(signal)
    return this.ended
  }
}

function inWords({ event, title, reason }: EventLine): string {
  return [event, title ?? reason].filter((word) => typeof word === 'string').join(' ')
}

/** Starts followers in a home, each ready when this resolves, and ends them after the test. */
export function followersOf(home: () => Home) {
  const running = new Set<Follower>()
  afterEach(async () => {
    for (const follower of running) await follower.stop('SIGKILL')
    running.clear()
  })
  return async (args: readonly string[] = ['--json'], options: RunOptions = {}): Promise<Follower> => {
    const follower = new Follower(home(), args, options)
    running.add(follower)
    await follower.untilReady()
    return follower
  }
}
