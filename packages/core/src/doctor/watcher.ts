import { lstatSync } from 'node:fs'
import { readHalt } from '../brake/halt'
import type { Context } from '../command/context'
import type { Paths } from '../fs/paths'
import { type WatcherState, watcherState } from '../service/watcher-state'
import { toPath } from '../text/raw-name'
import { absent, bad, type Check, ok, shellWord, unknown } from './check'
import { watchersOf } from './running-watchers'

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
  const state = await watcherState(context)
  const { files } = state
  if (files.every(({ is }) => is === 'absent')) return [withoutService(context)]
  const odd = files.find(({ is }) => is !== 'current')
  if (odd !== undefined) {
    const said = odd.is === 'absent' ? `${odd.name} is missing` : `${odd.name} is of another version`
    return [bad(NAME, said, 'install the service again', INSTALL)]
  }
  return [await checkActive(state, context)]
}

async function checkActive(
  { manager, service, words, runs }: WatcherState,
  context: Context,
): Promise<Check> {
  const state = await runs()
  if (state === undefined)
    return unknown(NAME, `the service is installed, and ${manager} does not say whether it runs`)
  if (state === 'active') return ok(NAME, 'runs, as a service')
  if (readHalt(context.paths) !== undefined) return absent(NAME, 'the service is stopped, because of HALT')
  const said = `the service is installed, and ${service} is ${state}`
  return bad(NAME, said, `start it, and see why it ended with: ${words}`, 'cross-agent-resume')
}

function withoutService({ home }: Context): Check {
  const running = watchersOf(home)
  if (running === undefined) return unknown(NAME, 'no service is installed')
  const all = running.find(({ glob, home }) => glob === undefined && home !== undefined)
  if (all !== undefined) return ok(NAME, `runs, as process ${all.id}`)
  const [part] = running
  if (part !== undefined && part.home === undefined)
    return unknown(NAME, `process ${part.id} watches; for which home this system does not tell`)
  if (part !== undefined) return absent(NAME, `process ${part.id} watches ${part.glob} only`)
  return absent(NAME, `none found, so no notifier tells of mail; as a service: ${INSTALL}`)
}
