import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FileLeft, Waited } from '../history'
import { COMMANDS, type Machine } from './machine'
import { tokenIn } from './post'

/** Bytes of a file that are searched for a token: messages are short. */
const LONGEST = 100_000

/** All files and links in a home. */
export function filesIn({ home }: Machine): FileLeft[] {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const { size } = lstatSync(path)
      const token = entry.isFile() && size < LONGEST ? tokenIn(readFileSync(path, 'utf8')) : undefined
      return { path: path.slice(home.length + 1), size, ...(token === undefined ? {} : { token }) }
    })
    .filter(({ path }) => !path.startsWith('lost+found/'))
}

/** What lies in the inboxes of a machine and is neither hidden nor put away. */
export function waitingOn(machine: Machine, projects: readonly string[]): Waited[] {
  return projects.flatMap((project) =>
    machine.messages(project).map((name) => {
      const file = join(machine.inbox(project), name)
      const token = tokenIn(readFileSync(file, 'utf8'))
      const path = file.slice(machine.home.length + 1)
      return token === undefined ? { project, path } : { project, path, token }
    }),
  )
}

/** Processes of ours that run on a machine. */
export function oursOn(machine: Machine): string[] {
  const names = COMMANDS.map((command) => `cross-agent-${command}`)
  return machine
    .processes()
    .filter(({ words }) => names.some((name) => words.includes(name)) || words.includes('cross-agent'))
    .map(({ words }) => words)
}
