import { setTimeout as sleep } from 'node:timers/promises'
import type { Machine, Outcome } from '../world/machine'
import type { Random } from '../world/random'
import type { Recorder } from '../world/recorder'

/**
 * Now and then somebody halts a machine or all, and resumes after some seconds. It is one person: two would resume what
 * the other has halted, and nobody could tell when the brake was set.
 */
export async function brakeNowAndThen(
  people: readonly Person[],
  random: Random,
  goesOn: () => boolean,
): Promise<void> {
  while (goesOn()) {
    await sleep(random.between(5000, 30_000))
    const person = random.pick(people.filter(({ machine }) => machine.isUp))
    if (person === undefined || !goesOn()) continue
    const isForAll = random.chance(0.3)
    await person.brake('halt', isForAll)
    await sleep(random.between(6000, 20_000))
    for (let tries = 0; tries < 100 && !(await person.brake('resume', isForAll)); tries++) await sleep(500)
  }
}

/** Somebody at a machine, whose timer sends again what was kept. */
export class Person {
  readonly machine: Machine
  readonly machines: readonly Machine[]
  readonly recorder: Recorder
  readonly random: Random

  constructor(machine: Machine, machines: readonly Machine[], recorder: Recorder, random: Random) {
    this.machine = machine
    this.machines = machines
    this.recorder = recorder
    this.random = random
  }

  /** The timer of `watch --service install --retry`. */
  async retryNowAndThen(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await sleep(this.random.between(10_000, 25_000))
      if (this.machine.isUp && goesOn()) await this.retry()
    }
  }

  /** Returns its exit code. A machine that has the original scripts keeps nothing. */
  async retry(): Promise<number | null> {
    if (this.machine.kind === 'script') return 0
    return (await this.#run('send', ['--retry-failed'])).exit
  }

  /** In the morning all is as it should be. */
  async mend(): Promise<void> {
    await this.#run('resume', [])
    await this.retry()
  }

  /** Halts or resumes this machine or all. Returns whether it did what it should, everywhere. */
  async brake(command: 'halt' | 'resume', isForAll: boolean): Promise<boolean> {
    const at = this.recorder.now()
    const args = [...(isForAll ? ['--tailnet'] : []), ...(command === 'halt' ? ['by the night watch'] : [])]
    const { exit } = await this.#run(command, args)
    // Exit 0 says that it holds everywhere (the others' sides of it have no command of their own).
    if (isForAll)
      for (const { name, kind } of this.machines.filter((other) => other !== this.machine)) {
        const known = { machine: name, command, kind, args, stdout: '', stderr: '' }
        this.recorder.note({ what: 'command', ...known, exit: exit === 0 ? 0 : null }, at)
      }
    return exit === 0
  }

  async #run(command: string, args: readonly string[]): Promise<Outcome> {
    const at = this.recorder.now()
    const outcome = await this.machine.run([`cross-agent-${command}`, ...args])
    const { name: machine, kind } = this.machine
    this.recorder.note({ what: 'command', machine, command, kind, args, ...outcome }, at)
    return outcome
  }
}
