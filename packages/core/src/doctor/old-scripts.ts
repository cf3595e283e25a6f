import { closeSync, readSync } from 'node:fs'
import type { Context } from '../command/context'
import { openRegularFile } from '../fs/files'
import { folderOf } from '../fs/paths'
import { findProgram } from '../programs/find-program'
import { absent, bad, type Check, ok, shellWord, someOf } from './check'

const COMMANDS = ['send', 'recv', 'watch', 'status', 'discover', 'halt', 'resume'].map(
  (name) => `cross-agent-${name}`,
)
/** Bytes of a program that are looked at: the script of the watcher is smaller. */
const LOOK = 8192

/** Whether PATH leads to these commands, or to the scripts that they replace. */
export function checkCommands({ env }: Context): Check[] {
  const found = COMMANDS.map((name) => [name, findProgram(name, env.PATH)] as const)
  const old = found.flatMap(([, path]) => (path !== undefined && isOldScript(path) ? [path] : []))
  const missing = found.flatMap(([name, path]) => (path === undefined ? [name] : []))
  const [first] = old
  if (first !== undefined) {
    const said = `scripts come first on PATH: ${someOf(old)}`
    const words = 'put the folder of these commands before theirs on PATH, or move the scripts away'
    return [bad('commands', said, words, moveAway(folderOf(first), old))]
  }
  if (missing.length === COMMANDS.length)
    return [absent('commands', 'not on PATH: agents and peers that call them by name do not find them')]
  if (missing.length > 0) return [absent('commands', `not on PATH: ${missing.join(', ')}`)]
  return [ok('commands', `all on PATH, from ${folderOf(found[0]?.[1] ?? '')}`)]
}

/** A line that moves the scripts of a folder into one below it. */
function moveAway(folder: string, scripts: readonly string[]): string {
  const words = scripts.filter((path) => folderOf(path) === folder).map(shellWord)
  const away = shellWord(`${folder}/old-scripts`)
  return `mkdir -p ${away} && mv ${words.join(' ')} ${away}`
}

/** Six scripts are Python, the watcher is bash. Shims of package managers are shell scripts too. */
function isOldScript(path: string): boolean {
  const text = beginningOf(path)
  const shebang = /^#!.*/.exec(text)?.[0] ?? ''
  return /\bpython/.test(shebang) || (/\bbash\b/.test(shebang) && text.includes('inotifywait'))
}

function beginningOf(path: string): string {
  try {
    const fd = openRegularFile(path)
    try {
      const buffer = Buffer.alloc(LOOK)
      return buffer.toString('latin1', 0, readSync(fd, buffer))
    } finally {
      closeSync(fd)
    }
  } catch {
    return ''
  }
}
