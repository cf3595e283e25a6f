import { createHash } from 'node:crypto'
import type { Breach, CommandRan, MachineLeft } from '../history'
import { hadFault } from './asking'
import { IN_INBOX } from './lying'
import { addTo, fileKey, type Index, placeKey, type Show } from './night-index'
import { isWait, moveOf } from './outward'

/** A take's file: for a conversation, a message or an awaited answer, with the first digits of a hash (docs/protocol.md). */
const TAKE = /^\.tmp\.taken-([cmw])([0-9a-f]{24})-\d+$/

export function isTakeName(name: string): boolean {
  return TAKE.test(name)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}

/** Whether the file of a take lay there at the end that keeps a message from all but one session. */
export function mayBeTaken(
  { files }: MachineLeft,
  project: string,
  file: string,
  conversation: string,
): boolean {
  const keys = [`c${hashOf(conversation)}`, `w${hashOf(conversation)}`, `m${hashOf(file)}`]
  const inbox = `projects/${project}/inbox/from-agents/.tmp.taken-`
  return files.some(({ path }) => keys.some((key) => path.startsWith(`${inbox}${key}-`)))
}

/** Promise 6: no take is left by a session that ended as it should. */
export function noClaimKept(index: Index): Breach[] {
  const takers = takersOf(index)
  const killed = commandsByPlace(index)
  return index.night.machines.flatMap((machine) =>
    machine.files.flatMap(({ path }) => {
      const [, project = '', , name = ''] = IN_INBOX.exec(path) ?? []
      const [, kind = '', hash = ''] = TAKE.exec(name) ?? []
      if (kind === '') return []
      const place = placeKey(machine.name, project)
      const all = takers.get(`${place} ${kind}${hash}`) ?? []
      if (isExcused(index, place, all, killed.get(place) ?? [])) return []
      return [claimBreach(machine.name, path, all)]
    }),
  )
}

function claimBreach(machine: string, path: string, takers: readonly Taker[]): Breach {
  const last = takers.at(-1)
  const who =
    last === undefined ? 'no session that was killed' : `${last.by.session}, which ended as it should,`
  const token = last?.token
  const text = `no take may be left by a session that is over, but ${who} left ${machine}:${path}`
  return { promise: 6, text, ...(token === undefined ? {} : { token }) }
}

/** A command that took something, or may have. */
type Taker = Pick<Show, 'by' | 'token'> & Partial<Pick<Show, 'file'>>

/** Who took what, by place and the key in the name of the take's file. */
function takersOf(index: Index): Map<string, Taker[]> {
  const takers = new Map<string, Taker[]>()
  for (const show of index.shows) {
    if (show.seconds === undefined) continue
    addTo(takers, `${show.place} c${hashOf(show.conversation)}`, show)
    addTo(takers, `${show.place} m${hashOf(show.file)}`, show)
  }
  for (const by of index.commands) {
    const conversation = index.intended.get(by.token ?? '')?.conversation
    if (isWait(by) && conversation !== undefined)
      addTo(takers, `${placeKey(by.machine, by.project)} w${hashOf(conversation)}`, { by, token: by.token })
  }
  return takers
}

/** Commands that did not end as they should, and may have left a take. */
function commandsByPlace({ commands }: Index): Map<string, CommandRan[]> {
  const found = new Map<string, CommandRan[]>()
  for (const command of commands) {
    const takes = command.args.includes('--take') || isWait(command)
    if (command.exit === null && takes) addTo(found, placeKey(command.machine, command.project), command)
  }
  return found
}

function isExcused(
  index: Index,
  place: string,
  takers: readonly Taker[],
  killed: readonly CommandRan[],
): boolean {
  // Nobody is known to have taken it: whoever did was killed before saying so.
  if (takers.length === 0) return killed.length > 0
  return takers.some((taker) => {
    const { by, file } = taker
    if (by.exit === null || index.sessions.get(by.session ?? '')?.end?.how === 'killed') return true
    const project = by.project
    if (
      hadFault(
        index,
        ['power cut', 'folder away'],
        { machine: by.machine, project },
        by.at,
        Number.POSITIVE_INFINITY,
      )
    )
      return true
    const moves = file === undefined ? [] : (index.moves.get(fileKey(place, file)) ?? [])
    return moves.some((move) => move.by.exit !== 0 && moveOf(move.by) !== undefined)
  })
}
