import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../history'
import { kill, type Machine } from '../world/machine'
import type { Network } from '../world/network'
import type { Random } from '../world/random'
import type { Recorder } from '../world/recorder'

export const FAULTS = [
  'kill',
  'power cut',
  'disk full',
  'clock',
  'sshd down',
  'line cut',
  'line slow',
  'folder away',
] as const
export type FaultKind = (typeof FAULTS)[number]

/** How often one comes beside the others. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  kill: 0,
  'power cut': 1.5,
  'disk full': 2,
  clock: 1.5,
  'sshd down': 1.5,
  'line cut': 2,
  'line slow': 2,
  'folder away': 1.5,
}

export interface Harm {
  readonly machines: readonly Machine[]
  readonly projects: ReadonlyMap<string, readonly string[]>
  readonly network: Network
  readonly recorder: Recorder
  readonly random: Random
  readonly kinds: ReadonlySet<FaultKind>
  /** False when the night is over: then no fault begins. */
  readonly goesOn: () => boolean
}

/** Kills something every few seconds. */
export async function killNowAndThen({ machines, recorder, random, kinds, goesOn }: Harm): Promise<void> {
  if (!kinds.has('kill')) return
  while (goesOn()) {
    await sleep(random.between(1500, 8000))
    const machine = random.pick(machines.filter(({ isUp }) => isUp))
    if (machine === undefined || !goesOn()) continue
    // The master of sshd has a fault of its own. A person's commands are killed like an agent's.
    const all = machine.processes().filter(({ words }) => !words.startsWith('sshd: /usr/sbin/sshd'))
    const bodies = all.filter(({ words }) => words.includes('body.mjs'))
    const others = all.filter((one) => !bodies.includes(one))
    const victim = random.pick(random.chance(0.15) || others.length === 0 ? bodies : others)
    if (victim === undefined) continue
    kill(victim.pid)
    recorder.note({ what: 'fault', fault: 'kill', machine: machine.name, detail: victim.words.slice(0, 200) })
  }
}

/** Does other harm to one machine at a time, or to two. Each is mended after some seconds. */
export async function harmNowAndThen(harm: Harm): Promise<void> {
  const { recorder, random, machines, goesOn } = harm
  while (goesOn()) {
    await sleep(random.between(4000, 20_000))
    const kind = pickKind(harm)
    const machine = random.pick(machines.filter(({ isUp }) => isUp))
    if (kind === undefined || machine === undefined || !goesOn()) continue
    // The original scripts are not durable: nothing would hold there.
    if (kind === 'power cut' && machine.kind === 'script') continue
    // Nor would they see another clock.
    if (kind === 'clock' && machine.kind === 'script') continue
    const at = recorder.now()
    const done = await DO[kind](machine, harm)
    if (done !== undefined)
      recorder.note({ what: 'fault', fault: kind, machine: machine.name, detail: '', ...done }, at)
  }
}

function pickKind({ kinds, random }: Harm): FaultKind | undefined {
  const possible = FAULTS.filter((kind) => kinds.has(kind))
  let rest = random.between(
    0,
    possible.reduce((sum, kind) => sum + WEIGHTS[kind], 0),
  )
  return possible.find((kind) => {
    rest -= WEIGHTS[kind]
    return WEIGHTS[kind] > 0 && rest <= 0
  })
}

type Done = Pick<Fault, 'project'> & { readonly detail?: string }

/** Does the harm, mends it, and says what it was; undefined if it could not be done. */
const DO: Readonly<Record<FaultKind, (machine: Machine, harm: Harm) => Promise<Done | undefined>>> = {
  kill: async () => undefined,
  'power cut': async (machine, { network, random }) => {
    machine.isUp = false
    // Nobody hears that the connections end.
    network.cut(machine.name)
    machine.disk.cutPower()
    await machine.killAll()
    await sleep(random.between(500, 4000))
    await machine.disk.comeBack()
    const locks = machine.removeEmptyLocks()
    network.mend(machine.name)
    machine.startSshd()
    return { detail: locks.join(' ') }
  },
  'disk full': async ({ disk }, { random }) => {
    disk.fill()
    await sleep(random.between(2000, 8000))
    disk.makeRoom()
    return {}
  },
  clock: async (machine, { random }) => {
    const hours = random.pick([1, -1]) ?? 1
    machine.setClock(hours * 3600)
    await sleep(random.between(5000, 20_000))
    machine.setClock(0)
    return { detail: `${hours * 3600}` }
  },
  'sshd down': async (machine, { random }) => {
    machine.stopSshd()
    await sleep(random.between(2000, 10_000))
    machine.startSshd()
    return {}
  },
  'line cut': async ({ name }, { network, random }) => {
    network.cut(name)
    await sleep(random.between(1000, 15_000))
    network.mend(name)
    return {}
  },
  'line slow': async ({ name }, { network, random }) => {
    network.slow(name)
    await sleep(random.between(4000, 15_000))
    network.speedUp(name)
    return {}
  },
  'folder away': async (machine, { projects, random }) => {
    const project = random.pick(projects.get(machine.name) ?? [])
    if (project === undefined) return undefined
    const folder = join(machine.home, 'projects', project)
    const away = join(machine.home, `away-${project}`)
    if (!tryTo(() => renameSync(folder, away))) return undefined
    await sleep(random.between(1000, 8000))
    for (let tries = 0; !tryTo(() => bringBack(away, folder)); tries++) {
      if (tries > 1000) throw new Error(`cannot bring back ${folder}`)
      await sleep(100)
    }
    return { project }
  },
}

/** Somebody may have made a folder of that name meanwhile: what lies in it joins the rest. */
function bringBack(away: string, folder: string): void {
  if (existsSync(folder)) {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    for (const entry of names.filter((one) => one.isFile())) {
      const from = join(entry.parentPath, entry.name)
      const to = join(away, entry.parentPath.slice(folder.length), entry.name)
      mkdirSync(join(to, '..'), { recursive: true })
      linkSync(from, to)
      rmSync(from)
    }
    rmSync(folder, { recursive: true })
  }
  renameSync(away, folder)
}

function tryTo(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}
