import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Hands } from './agents/hands'
import { HookAgent } from './agents/hook-agent'
import { runLoopAgent } from './agents/loop-agent'
import { runScriptAgent } from './agents/script-agent'
import type { Town } from './agents/town'
import { WAKES_PER_CONVERSATION, WAKES_PER_PROJECT } from './checker/parameters'
import { Enemy } from './faults/enemy'
import { type FaultKind, harmNowAndThen, killNowAndThen } from './faults/faults'
import { brakeNowAndThen, Person } from './faults/person'
import { Revocation } from './faults/revocation'
import type { MachineLeft, Night } from './history'
import { filesIn, oursOn, waitingOn } from './world/disks'
import { Machine } from './world/machine'
import { Network } from './world/network'
import { type Household, householdsOf } from './world/post'
import { Random } from './world/random'
import { Recorder } from './world/recorder'
import { Session } from './world/session'

export interface Plan {
  readonly seed: number
  readonly minutes: number
  /** The share of sessions that are there, from 0 to 1. One is there at least in each project. */
  readonly crowd: number
  /** Seconds. Longer than the minute after which a second session is told. */
  readonly quiet: number
  readonly faults: ReadonlySet<FaultKind>
  /** An empty folder that is the night's alone. */
  readonly base: string
  /** The folder with the built packages. */
  readonly build: string
  readonly scripts: string | undefined
  /** The top folder of the repository. */
  readonly root: string
}

/** Milliseconds after which what cannot be handled lies where it lies. Longer than the longest take. */
const LONGEST_DRAIN = 150_000
/** Milliseconds that a waiter has after its session has ended, and as much again for a busy machine. */
const LAST_WAITERS = 20_000

const LIMITS = `[limits]
wakes_per_conversation = ${WAKES_PER_CONVERSATION}
wakes_per_project = ${WAKES_PER_PROJECT}
`

/** Lets a night pass on three machines, and returns all that happened. */
export async function passNight(plan: Plan): Promise<Night> {
  const world = await World.make(plan)
  try {
    return await world.pass()
  } finally {
    await world.remove()
  }
}

class World {
  readonly #recorder = new Recorder()
  readonly #left = new Map<string, Pick<MachineLeft, 'status' | 'waiting'>>()
  readonly #plan: Plan
  readonly #town: Town
  readonly #projects: ReadonlyMap<string, readonly string[]>

  readonly machines: readonly Machine[]
  readonly network: Network

  private constructor(
    plan: Plan,
    machines: readonly Machine[],
    network: Network,
    households: readonly Household[],
  ) {
    this.machines = machines
    this.network = network
    this.#plan = plan
    this.#town = {
      households,
      machines: new Map(machines.map((machine) => [machine.name, machine])),
      recorder: this.#recorder,
      seed: plan.seed,
      phase: 'night',
      doomed: { place: { machine: 'b', project: 'field' }, key: '', isRevoked: false },
    }
    this.#projects = new Map(
      machines.map(({ name }) => [
        name,
        households.filter(({ machine }) => machine === name).map(({ project }) => project),
      ]),
    )
  }

  static async make(plan: Plan): Promise<World> {
    const network = new Network()
    const hasScripts = plan.scripts !== undefined
    const clock = join(plan.root, 'test/support/clock.mjs')
    const setup = { base: plan.base, build: plan.build, scripts: plan.scripts, network, clock }
    const machines = ['a', 'b', 'c'].map(
      (name, index) => new Machine(name, hasScripts && name === 'c' ? 'script' : 'ours', index, setup),
    )
    for (const machine of machines) {
      await machine.boot()
      machine.install(machines)
    }
    for (const machine of machines) {
      machine.befriend(machines)
      machine.startSshd()
    }
    return new World(plan, machines, network, householdsOf(hasScripts))
  }

  async pass(): Promise<Night> {
    const random = (salt: string) => new Random(this.#plan.seed, salt)
    const enemy = new Enemy(this.#plan.base, this.machines, this.#projects, this.#recorder, random('enemy'))
    const revocation = await this.#furnish(enemy)
    const end = performance.now() + this.#plan.minutes * 60_000
    const goesOn = () => performance.now() < end
    this.#begin('night')
    const harm = {
      machines: this.machines,
      projects: this.#projects,
      network: this.network,
      recorder: this.#recorder,
      kinds: this.#plan.faults,
      goesOn,
    }
    const people = this.machines.map(
      (machine) => new Person(machine, this.machines, this.#recorder, random(machine.name)),
    )
    const agents = this.#town.households.flatMap((household) => this.#moveIn(household))
    await Promise.all([
      killNowAndThen({ ...harm, random: random('kill') }),
      harmNowAndThen({ ...harm, random: random('harm') }),
      enemy.plantNowAndThen(goesOn),
      revocation.happen(this.#plan.minutes * 60_000 * random('revocation').between(0.3, 0.7)),
      brakeNowAndThen(people, random('brake'), goesOn),
      ...people.map((person) => person.retryNowAndThen(goesOn)),
    ])
    enemy.end()
    for (const person of people) await person.mend()
    this.#begin('quiet')
    await sleep(this.#plan.quiet * 1000)
    for (const machine of this.machines) this.#left.set(machine.name, await this.#look(machine))
    this.#begin('drain')
    await this.#drain(people)
    this.#begin('end')
    await Promise.all(agents)
    return {
      seed: this.#plan.seed,
      events: this.#recorder.sorted(),
      machines: await Promise.all(this.machines.map((machine) => this.#describe(machine))),
    }
  }

  /** Projects, keys, and who is trusted. All of it lies on the disks before the night begins. */
  async #furnish(enemy: Enemy): Promise<Revocation> {
    const keys: string[] = []
    for (const machine of this.machines) keys.push(await machine.makeKey(`agents@${machine.name}`))
    const doomedAt = this.machines[1]
    if (doomedAt === undefined) throw new Error('no machine b')
    const doomed = await doomedAt.makeKey('doomed')
    this.#town.doomed.key = doomed
    const exported = join(this.#plan.base, 'keys.asc')
    writeFileSync(exported, enemy.publicKey())
    for (const machine of this.machines)
      appendFileSync(exported, await machine.must(['gpg', '--batch', '--armor', '--export']))
    for (const [index, machine] of this.machines.entries()) {
      await machine.must(['gpg', '--batch', '--quiet', '--import', exported])
      const others = this.machines.filter((other) => other !== machine)
      const peers = others.map(({ name }) => `[peers.${name}]\nhost = "${name}"\nssh_user = "root"\n`)
      const list = [...keys, doomed].map((key) => `"${key}"`).join(', ')
      const config = join(machine.home, '.config/cross-agent-comms')
      const trust = `[trust]\nsigners = [${list}]\n`
      writeFileSync(join(config, 'peers.toml'), [...peers, trust, LIMITS].join('\n'))
      // Two keys can sign there: without a word, the machine's own does.
      writeFileSync(join(machine.home, '.gnupg/gpg.conf'), `default-key ${keys[index]}\n`)
      for (const project of this.#projects.get(machine.name) ?? [])
        mkdirSync(machine.inbox(project), { recursive: true })
      machine.disk.flush()
    }
    return new Revocation(doomedAt, this.machines, this.#town, this.#recorder)
  }

  #begin(phase: Town['phase']): void {
    this.#town.phase = phase
    this.#recorder.note({ what: 'phase', phase })
    console.log(`seed ${this.#plan.seed}: ${phase} (${Math.round(this.#recorder.now() / 1000)} s)`)
  }

  #moveIn(household: Household): Promise<void>[] {
    const { crowd, seed } = this.#plan
    const count = Math.max(1, Math.round(household.agents.length * crowd))
    return household.agents
      .slice(0, count)
      .map((kind, index) => this.#live(household, kind, new Random(seed, `${household.project} ${index}`)))
  }

  /** An agent: whenever its session is over, it begins another one. */
  async #live(household: Household, kind: Session['kind'], random: Random): Promise<void> {
    const machine = this.#town.machines.get(household.machine)
    if (machine === undefined) throw new Error(`no machine ${household.machine}`)
    const body = join(this.#plan.root, 'test/night/world/body.mjs')
    while (this.#town.phase !== 'end') {
      if (!machine.isUp) {
        await sleep(200)
        continue
      }
      const session = await Session.begin(machine, household.project, kind, this.#recorder, body)
      if (session === undefined) continue
      const hands = new Hands(session, household, this.#town, random)
      if (kind === 'hook') await new HookAgent(hands).run()
      else if (kind === 'loop') await runLoopAgent(hands)
      else await runScriptAgent(hands)
      await session.leave()
      await sleep(random.between(300, 3000))
    }
  }

  async #look(machine: Machine): Promise<Pick<MachineLeft, 'status' | 'waiting'>> {
    const { stdout } = await machine.run(['cross-agent-status'])
    return { status: stdout, waiting: waitingOn(machine, this.#projects.get(machine.name) ?? []) }
  }

  /** Until nothing waits and nothing is kept, or it goes on for too long. */
  async #drain(people: readonly Person[]): Promise<void> {
    const end = performance.now() + LONGEST_DRAIN
    const isDone = () =>
      this.machines.every(
        (machine) => waitingOn(machine, this.#projects.get(machine.name) ?? []).length === 0,
      )
    while (performance.now() < end) {
      const kept = await Promise.all(people.map((person) => person.retry()))
      if (kept.every((exit) => exit === 0) && isDone()) return
      await sleep(2000)
    }
  }

  async #describe(machine: Machine): Promise<MachineLeft> {
    const end = performance.now() + LAST_WAITERS
    while (oursOn(machine).length > 0 && performance.now() < end) await sleep(200)
    const { status = '', waiting = [] } = this.#left.get(machine.name) ?? {}
    return {
      name: machine.name,
      kind: machine.kind,
      files: filesIn(machine),
      processes: oursOn(machine),
      status,
      waiting,
    }
  }

  async remove(): Promise<void> {
    this.#town.phase = 'end'
    for (const machine of this.machines) await machine.remove()
  }
}

/** For a run that is looked at again. */
export function readNight(file: string): Night {
  return JSON.parse(readFileSync(file, 'utf8'))
}
