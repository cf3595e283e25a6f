import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { readHalt } from '../brake/halt'
import type { Context } from '../command/context'
import { fileName, type Paths, tidyPath } from '../fs/paths'
import { installedUnits, SERVICE_UNIT, watcherStates } from '../service/systemd'
import { toPath } from '../text/raw-name'
import { absent, bad, type Check, ok, shellWord, unknown } from './check'

const BRAKE = 'brake'
const RESUME = 'cross-agent-resume'

export function checkBrake({ paths }: Context): Check[] {
  const halt = readHalt(paths)
  if (halt === undefined) return [ok(BRAKE, 'not halted')]
  if ('unreadable' in halt) return [unreadable(paths)]
  const reason = halt.reason === '' ? 'halted, without a reason' : `halted: ${halt.reason}`
  return [bad(BRAKE, reason, 'when the reason is gone', RESUME)]
}

function unreadable({ configDir, haltFile }: Paths): Check {
  const said = `halted: ${haltFile} is there and cannot be read`
  try {
    if (!lstatSync(toPath(haltFile)).isDirectory())
      return bad(BRAKE, said, 'make it a readable file, or remove it when the reason is gone', RESUME)
    const words = `when the reason is gone, move this folder away: ${RESUME} removes files only`
    return bad(BRAKE, said, words, `mv ${shellWord(haltFile)} ${shellWord(`${haltFile}.away`)}`)
  } catch {
    const unclear = `halted: ${haltFile} may be there, and cannot be read`
    return bad(BRAKE, unclear, 'let yourself look into that folder', `ls -ld ${shellWord(configDir)}`)
  }
}

const NAME = 'watcher'
const INSTALL = 'cross-agent-watch --service install'

/** Checks whether a watcher runs, either as the installed service or started in another way. */
export async function checkWatcher(context: Context): Promise<Check[]> {
  const units = await installedUnits(false, context)
  if (units.every(({ is }) => is === 'absent')) return [withoutService(context)]
  const odd = units.find(({ is }) => is !== 'current')
  if (odd !== undefined) {
    const said = odd.is === 'absent' ? `${odd.name} is missing` : `${odd.name} is of another version`
    return [bad(NAME, said, 'install the service again', INSTALL)]
  }
  return [await checkActive(context)]
}

async function checkActive(context: Context): Promise<Check> {
  const states = await watcherStates(context)
  if (states === undefined)
    return unknown(NAME, 'the service is installed, and systemd does not say whether it runs')
  if (states.every((state) => state === 'active')) return ok(NAME, 'runs, as a service')
  if (readHalt(context.paths) !== undefined) return absent(NAME, 'the service is stopped, because of HALT')
  const said = `the service is installed, and ${SERVICE_UNIT} is ${states[1] || 'in an unknown state'}`
  return bad(NAME, said, 'start it, and see why it ended with: journalctl --user', 'cross-agent-resume')
}

function withoutService({ home }: Context): Check {
  const running = watchersOf(home)
  if (running === undefined) return unknown(NAME, 'no service is installed')
  const all = running.find(({ glob }) => glob === undefined)
  if (all !== undefined) return ok(NAME, `runs, as process ${all.id}`)
  const [part] = running
  if (part !== undefined) return absent(NAME, `process ${part.id} watches ${part.glob} only`)
  return absent(NAME, `none found, so no notifier tells of mail; as a service: ${INSTALL}`)
}

/** A running process that notifies of mail. */
interface Watcher {
  readonly id: string
  /** The inboxes that it watches. Undefined if it watches those of all projects. */
  readonly glob: string | undefined
}

/** Programs that run a script. */
const INTERPRETER = /^(?:node|nodejs|bun|bash|sh)$/
const PROGRAM = /^cross-agent-watch(?:\.cjs)?$/
/** With one of these options, it does not watch and notify. */
const OTHERWISE = ['--once', '--exec', '--hook', '--no-notify', '--help', '-h', '--version']
const WITH_VALUE = ['--projects-glob', '--log', '--service']

/** The processes that watch for this home. Undefined if the system does not list processes. */
function watchersOf(home: string): Watcher[] | undefined {
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
    // It has ended, or belongs to another user.
    return undefined
  }
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
