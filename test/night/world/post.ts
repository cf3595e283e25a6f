import type { Place } from '../history'
import type { Machine } from './machine'
import type { Random } from './random'

const TOKEN = /token=([A-Z]\d+);/

/** The token in a text, if there is one. */
export function tokenIn(text: string): string | undefined {
  return TOKEN.exec(text)?.[1]
}

let tokens = 0

/** A token that no other message has. `E` stands for the enemy's, `M` for all others. */
export function newToken(kind: 'M' | 'E' = 'M'): string {
  return `${kind}${++tokens}`
}

export const textOf = (token: string) => `token=${token};`

/** A project of the night, and who lives there. */
export interface Household extends Place {
  readonly agents: readonly ('loop' | 'hook' | 'script')[]
  /** It writes only to this project, always in one conversation, and answers everything with a request. */
  readonly endlessWith?: Place
  /** It does not begin that conversation. With one message on its way at a time, each comes to an idle session. */
  readonly onlyAnswers?: true
}

export const ENDLESS = 'endless'

/** Who lives where. `c` has the original scripts where these are at hand. */
export function householdsOf(hasScripts: boolean): readonly Household[] {
  const elsewhere: Household['agents'] = hasScripts ? ['script'] : ['loop', 'loop']
  return [
    { machine: 'a', project: 'mill', agents: ['loop', 'loop'] },
    { machine: 'a', project: 'bakery', agents: ['loop', 'hook'] },
    { machine: 'a', project: 'oven', agents: ['hook'], endlessWith: { machine: 'b', project: 'dairy' } },
    { machine: 'b', project: 'field', agents: ['loop', 'loop'] },
    { machine: 'b', project: 'market', agents: ['hook', 'hook'] },
    {
      machine: 'b',
      project: 'dairy',
      agents: ['hook'],
      endlessWith: { machine: 'a', project: 'oven' },
      onlyAnswers: true,
    },
    { machine: 'c', project: 'forge', agents: elsewhere },
    { machine: 'c', project: 'quarry', agents: elsewhere },
    { machine: 'c', project: 'chapel', agents: elsewhere },
  ]
}

/** Somebody to write to: another project that is not in an endless conversation. */
export function pickReceiver(own: Household, all: readonly Household[], random: Random): Place {
  if (own.endlessWith !== undefined) return own.endlessWith
  const others = all.filter(
    ({ project, endlessWith }) => project !== own.project && endlessWith === undefined,
  )
  return random.pick(others) ?? own
}

/** A destination as one types it. */
export function destination(machine: Machine, to: Place): string {
  return machine.name === to.machine ? to.project : `${to.machine}.${to.project}`
}
