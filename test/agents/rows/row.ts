import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentName } from '../agent'
import type { Lab } from '../lab'
import type { Terminal } from '../terminal'

/** One line of the table: what must hold for each agent. */
export interface Row {
  /** Also the name of the project that it has for itself. */
  readonly id: string
  readonly title: string
  /** Why an agent cannot have it. */
  readonly lacks?: Partial<Record<AgentName, string>>
  /** Throws if it does not hold. Returns a figure for the table, if there is one. */
  check(lab: Lab, project: string): Promise<string | undefined>
}

/** Nothing tells that an agent will not act any more. Milliseconds. */
const LONG_ENOUGH = 4_000
const SETTLED = 2_000

/** An idle session that has answered one prompt. */
export async function idleSession(lab: Lab, project: string): Promise<Terminal> {
  const terminal = await lab.session(project)
  await answer(lab, terminal, 'ready-for-more')
  return terminal
}

/** Has the model answer a prompt, until the session is idle again. */
export async function answer(lab: Lab, terminal: Terminal, say: string): Promise<void> {
  await terminal.type(lab.model.plan({ act: { say } }))
  await terminal.shows(new RegExp(say))
  await sleep(SETTLED)
}

/** Sees to it that no turn begins from now on. */
export async function noTurn(lab: Lab, why: string): Promise<void> {
  const count = lab.model.asked.length
  await sleep(LONG_ENOUGH)
  const more = lab.model.asked.length - count
  if (more > 0) throw new Error(`${more} more ${more === 1 ? 'request' : 'requests'} ${why}`)
}

/** The notices in the newest request. */
export function noticesSoFar(lab: Lab): number {
  return lab.model.asked.at(-1)?.notices ?? 0
}

/** Throws unless there are so many. */
export function expectNotices(found: number, wanted: number, where: string): void {
  if (found !== wanted)
    throw new Error(`${found} ${found === 1 ? 'notice' : 'notices'} in ${where}, not ${wanted}`)
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
