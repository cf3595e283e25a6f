import { readdirSync, readFileSync } from 'node:fs'
import { fileName, tidyPath } from '../fs/paths'

/** A process that notifies of mail for as long as it runs. */
export interface Watcher {
  readonly id: string
  /** The inboxes that it was told to watch; undefined where it watches those of all projects. */
  readonly glob: string | undefined
}

/** What runs a program that is a file of text. */
const INTERPRETER = /^(?:node|nodejs|bun|bash|sh)$/
const PROGRAM = /^cross-agent-watch(?:\.cjs)?$/
/** With these it does something else than to watch and notify. */
const OTHERWISE = ['--once', '--exec', '--hook', '--no-notify', '--help', '-h', '--version']
const WITH_VALUE = ['--projects-glob', '--log', '--service']

/** The processes that watch for this home; undefined where the system does not tell. */
export function watchersOf(home: string): Watcher[] | undefined {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((id) => watcherOf(home, id) ?? [])
  } catch {
    return undefined
  }
}

function watcherOf(home: string, id: string): Watcher | undefined {
  try {
    const words = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').slice(0, -1)
    const args = argumentsOf(words)
    const found = args === undefined ? undefined : readArguments(args)
    if (found === undefined) return undefined
    const environment = readFileSync(`/proc/${id}/environ`, 'utf8').split('\0')
    const itsHome = environment.find((entry) => entry.startsWith('HOME='))?.slice('HOME='.length)
    return itsHome !== undefined && tidyPath(itsHome) === home ? { id, ...found } : undefined
  } catch {
    // It has ended, or is another user's.
    return undefined
  }
}

/** What follows the program, if it is ours: by its own name, or run by node, or as the script by bash. */
function argumentsOf(words: readonly string[]): readonly string[] | undefined {
  const isRun = INTERPRETER.test(fileName(words[0] ?? ''))
  const at = isRun ? words.findIndex((word, index) => index > 0 && !word.startsWith('-')) : 0
  return PROGRAM.test(fileName(words[at] ?? '')) ? words.slice(at + 1) : undefined
}

/** Undefined where it does something else. */
function readArguments(args: readonly string[]): Pick<Watcher, 'glob'> | undefined {
  let glob: string | undefined
  for (let index = 0; index < args.length; index++) {
    const flag = args[index] ?? ''
    if (OTHERWISE.includes(flag)) return undefined
    if (!WITH_VALUE.includes(flag)) continue
    const value = args[++index]
    if (flag === '--service' && value !== 'run') return undefined
    if (flag === '--projects-glob') glob = value
  }
  return { glob }
}
