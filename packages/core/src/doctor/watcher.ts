import { readHalt } from '../brake/halt'
import type { Context } from '../command/context'
import { exec } from '../programs/exec'
import { installedUnits } from '../service/units'
import { PATH_UNIT, SERVICE_UNIT } from '../service/watcher-unit'
import { absent, bad, type Check, ok, unknown } from './check'
import { watchersOf } from './watching-processes'

const NAME = 'watcher'
/** Milliseconds. */
const TIME_LIMIT = 10_000
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
  const args = ['--user', 'is-active', PATH_UNIT, SERVICE_UNIT]
  const result = await exec('systemctl', args, { env: context.env, timeout: TIME_LIMIT })
  const states = result.stdout
    .split('\n')
    .slice(0, 2)
    .map((line) => line.trim())
  if (states.every((state) => state === 'active')) return ok(NAME, 'runs, as a service')
  if (result.exitCode === undefined || states.join('') === '')
    return unknown(NAME, 'the service is installed, and systemd does not say whether it runs')
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
