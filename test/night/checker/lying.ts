import type { FileLeft, MachineLeft } from '../history'
import { addTo, fileKey, type Index, placeKey } from './night-index'
import { nameIn } from './outward'

export type Where = 'inbox' | 'done' | 'aside' | 'outbox'

/** A message that lay somewhere at the end. */
export interface Lying {
  readonly machine: string
  /** Empty for the outbox, which belongs to a machine. */
  readonly place: string
  readonly where: Where
  readonly path: string
  /** Whether the enemy put it there. */
  readonly isPlanted: boolean
}

/** A file in an inbox, and in which of its folders: the first is that of the inbox itself. */
export const IN_INBOX = /^projects\/([^/]+)\/inbox\/from-agents\/(?:(done|aside)\/)?([^/]+)$/
const IN_OUTBOX = /^\.local\/state\/cross-agent-comms\/outbox\/[^/]+\/[^/]+\.org$/
const MESSAGE_NAME = /^[^.].*\.org$/

export function isMessageName(name: string): boolean {
  return MESSAGE_NAME.test(name)
}

/** Where the messages of each token lay at the end, on all machines. */
export function whereTokensLie(index: Index): ReadonlyMap<string, readonly Lying[]> {
  const lying = new Map<string, Lying[]>()
  for (const machine of index.night.machines)
    for (const file of machine.files) {
      const found = file.token === undefined ? undefined : lyingAt(index, machine, file)
      if (found !== undefined) addTo(lying, file.token ?? '', found)
    }
  return lying
}

function lyingAt(index: Index, { name: machine }: MachineLeft, { path }: FileLeft): Lying | undefined {
  if (IN_OUTBOX.test(path)) return { machine, place: '', where: 'outbox', path, isPlanted: false }
  const [, project = '', folder, name = ''] = IN_INBOX.exec(path) ?? []
  if (!isMessageName(name)) return undefined
  const place = placeKey(machine, project)
  const isPlanted = index.plantedFiles.has(fileKey(place, nameIn(path)))
  return {
    machine,
    place,
    where: folder === 'done' || folder === 'aside' ? folder : 'inbox',
    path,
    isPlanted,
  }
}
