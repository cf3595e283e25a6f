import { readRegularFile } from '../fs/files'
import { listNamesIfReadable } from '../fs/folder'
import { joinPath, type Paths } from '../fs/paths'
import { escapeBytes } from '../text/raw-name'
import { escapeAll } from '../text/terminal'

/** A conversation that wakes no session of a project for now. Both names are hostile text. */
export interface HeldWake {
  readonly project: string
  readonly conversation: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

const FILE_NAME = /^[0-9a-f]{32}\.json$/

/** All that is held back on this machine (contract C24). No folder is read in most homes: there is none. */
export function heldWakes({ heldWakes: folder }: Paths, now: number): HeldWake[] {
  return listNamesIfReadable(folder)
    .filter((name) => FILE_NAME.test(name))
    .sort()
    .flatMap((name) => readHeld(joinPath(folder, name)))
    .filter(({ until }) => until > now)
}

function readHeld(path: string): HeldWake[] {
  try {
    const value: unknown = JSON.parse(readRegularFile(path).toString())
    return Array.isArray(value) ? value.filter(isHeldWake) : []
  } catch {
    return []
  }
}

function isHeldWake(value: unknown): value is HeldWake {
  const { project, conversation, until }: { [Key in keyof HeldWake]?: unknown } = Object(value)
  return typeof project === 'string' && typeof conversation === 'string' && typeof until === 'number'
}

/** One line for people, with the names escaped. */
export function heldLine({ project, conversation }: Pick<HeldWake, 'project' | 'conversation'>): string {
  return `wakes held back in ${escapeBytes(escapeAll(project))}: ${escapeBytes(escapeAll(conversation))}`
}
