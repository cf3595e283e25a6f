import { readFileSync } from 'node:fs'
import { listNamesIfReadable } from '../fs/folder'
import { fileName, tidyPath } from '../fs/paths'
import { hasProc } from '../programs/process-scope'
import { listWithPs } from '../programs/ps'

/** A running process that notifies of mail. */
export interface Watcher {
  readonly id: string
  /** The inboxes that it watches. Undefined if it watches those of all projects. */
  readonly glob: string | undefined
  /** The home that it watches for. Undefined if the system does not tell. */
  readonly home: string | undefined
}

/** Programs that run a script. */
const INTERPRETER = /^(?:node|nodejs|bun|bash|sh)$/
const PROGRAM = /^cross-agent-watch(?:\.cjs)?$/
/** With one of these options, it does not watch and notify. */
const OTHERWISE = ['--once', '--exec', '--hook', '--no-notify', '--help', '-h', '--version']
const WITH_VALUE = ['--projects-glob', '--log', '--service']

/** The processes that watch for this home, or may. Undefined if the system does not list processes. */
export function watchersOf(home: string): readonly Watcher[] | undefined {
  if (hasProc()) return listNamesIfReadable('/proc').flatMap((name) => watcherInProc(home, name) ?? [])
  return listWithPs()?.flatMap(({ pid, words }) => {
    const found = readWords(words)
    return found === undefined ? [] : { id: String(pid), ...found, home: undefined }
  })
}

function watcherInProc(home: string, id: string): Watcher | undefined {
  if (!/^\d+$/.test(id)) return undefined
  try {
    const found = readWords(readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').slice(0, -1))
    if (found === undefined) return undefined
    const environment = readFileSync(`/proc/${id}/environ`, 'utf8').split('\0')
    const itsHome = environment.find((entry) => entry.startsWith('HOME='))?.slice('HOME='.length)
    return itsHome !== undefined && tidyPath(itsHome) === home ? { id, ...found, home } : undefined
  } catch {
    // It has ended, or belongs to another user.
    return undefined
  }
}

/** Undefined if it is no watcher that notifies. */
function readWords(words: readonly string[]): Pick<Watcher, 'glob'> | undefined {
  const args = argumentsOf(words)
  return args && readArguments(args)
}

/** The arguments of our program. It may run by its own name, by node, or as a script by bash. */
function argumentsOf(words: readonly string[]): readonly string[] | undefined {
  const isRun = INTERPRETER.test(fileName(words[0] ?? ''))
  const at = isRun ? words.findIndex((word, index) => index > 0 && !word.startsWith('-')) : 0
  return PROGRAM.test(fileName(words[at] ?? '')) ? words.slice(at + 1) : undefined
}

/** Undefined if it does not watch and notify. */
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
