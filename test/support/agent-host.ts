import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { binOf } from '../../scripts/project.mjs'
import type { Home, Outcome } from './home'

export interface HookRun {
  readonly args?: readonly string[]
  readonly env?: Record<string, string>
}

/** A process that stands in for an agent and runs its hooks. */
export class AgentHost {
  readonly #home: Home
  readonly #agent: string
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (outcome: Outcome) => void>()
  #count = 0

  /** `words` are the agent's arguments. */
  constructor(home: Home, agent: string, words: readonly string[] = []) {
    this.#home = home
    this.#agent = agent
    const script = join(import.meta.dirname, 'agent-stand-in.mjs')
    this.#child = spawn(process.execPath, [script, ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#child.stdout ?? process.stdin }).on('line', (line) => {
      const { id, ...outcome }: Outcome & { id: number } = JSON.parse(line)
      this.#waiting.get(id)?.(outcome)
      this.#waiting.delete(id)
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Runs a hook to its end. */
  hook(event: object, { args = [], env = {} }: HookRun = {}): Promise<Outcome> {
    const id = this.#count++
    const command = [process.execPath, binOf('watch'), '--hook', this.#agent, ...args]
    const request = { id, command, env: { ...this.#home.env, ...env }, input: JSON.stringify(event) }
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`)
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  /** Starts a waiter. */
  wait(event: object, run: HookRun = {}): Promise<Outcome> {
    return this.hook(event, { ...run, args: ['--once'] })
  }

  /** Ends it without a chance to clean up. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

/** The waiters of a home that run, as process numbers. */
export function waitersOf(home: Home): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${home.path}`)
        return isOurs && words.includes('--once') && words[0] === process.execPath
      } catch {
        return false
      }
    })
    .map(Number)
}
