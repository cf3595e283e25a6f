import { readHalt } from '../brake/halt'
import type { Context } from '../command/context'
import { installedUnits, SERVICE_UNIT, watcherStates } from '../service/systemd'
import { absent, bad, type Check, ok, unknown } from './check'
import { watchersOf } from './watching-processes'

const NAME = 'watcher'
const INSTALL = 'cross-agent-watch --service install'

/** Whether a watcher runs: as the service that was installed, or started in another way. */
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
  if (readHalt(context.paths) !== undefined) return absent(NAME, 'the service is stopped, as HALT has it')
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
