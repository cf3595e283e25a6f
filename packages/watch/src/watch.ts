import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import type { Values } from '@cac/core/command/table'
import { type Options, watchTable } from './options'

/** Tells of messages: of each that arrives, as the script does, or in one of the ways that were added. */
export async function watch({ options }: Values<typeof watchTable>, context: Context): Promise<number> {
  await requireChoices(options)
  const problem = usageProblem(options)
  if (problem !== undefined) throw new Failure('unknown-flag', { problem, command: 'cross-agent-watch' })
  const { service } = options
  if (options.hook !== undefined) return hookOf(options.hook, options, context)
  if (service === 'install') return (await import('./service')).install(options.retry, context)
  if (service === 'check') return (await import('./service')).check(options.retry, context)
  if (service === 'remove') return (await import('./service')).remove(context)
  if (options.exec !== undefined)
    return (await import('./run-for-each')).runForEach(options.exec, options, context)
  if (options.once) return (await import('./once')).once(options, context)
  return (await import('./announce-arrivals')).announceArrivals(options, context)
}

async function hookOf(name: string, options: Options, context: Context): Promise<number> {
  const { agentOf, answer } = await import('./hook')
  const agent = agentOf(name)
  if (options.install) return (await import('./hook-settings')).install(agent, options, context)
  if (options.remove) return (await import('./hook-settings')).remove(agent, options, context)
  if (options.check) return (await import('./hook-settings')).check(agent, options, context)
  return answer(agent, options.once, context)
}

/** Throws Failure where an option has a value that it does not take. */
async function requireChoices(options: Options): Promise<void> {
  for (const flag of ['service', 'hook'] as const) {
    const value = options[flag]
    const choices: readonly string[] = watchTable.options[flag].choices
    if (value === undefined || choices.includes(value)) continue
    const { nearestNames } = await import('@cac/core/text/nearest')
    const problem = `--${flag} must be one of ${choices.join(', ')}; got ${value}`
    const nearest = nearestNames(value, choices, 1)
    throw new Failure('unknown-flag', { problem, command: 'cross-agent-watch', nearest })
  }
}

/** What the table cannot say of options that need or exclude each other. */
function usageProblem(options: Options): string | undefined {
  if (options.retry && options.service !== 'install' && options.service !== 'check')
    return '--retry needs --service install or check'
  return options.hook === undefined ? problemWithoutHook(options) : problemWithHook(options)
}

function problemWithHook(options: Options): string | undefined {
  const actions = [options.install, options.remove, options.check].filter(Boolean).length
  if (actions > 1) return '--install, --remove and --check exclude each other'
  if (actions === 0 && options.project !== undefined)
    return '--project needs --install, --remove or --check here'
  if (actions > 0 && options.once) return '--once goes with --hook alone'
  return [options.here, options.new, options.json, options.timeout, options.exec, options.service].some(
    Boolean,
  )
    ? '--hook goes with --once, --install, --remove, --check and --project only'
    : undefined
}

function problemWithoutHook(options: Options): string | undefined {
  if (options.install || options.remove || options.check) return '--install, --remove and --check need --hook'
  if (options.here && options.project !== undefined) return '--here and --project exclude each other'
  const isScoped = options.here || options.project !== undefined
  if (isScoped && options['projects-glob'] !== undefined)
    return '--projects-glob names all inboxes: leave out --here and --project'
  const isWaiting = options.once || options.exec !== undefined
  if (!isWaiting && (isScoped || options.new)) return '--here, --project and --new need --once or --exec'
  if (!options.once && options.timeout !== undefined) return '--timeout needs --once'
  if (!options.once && options.json) return '--json needs --once'
  if (options.once && options.exec !== undefined) return '--once and --exec exclude each other'
  return undefined
}
