import type { Context } from '@cac/core/command/context'
import type { Values } from '@cac/core/command/table'
import type { Options, watchTable } from './options'

/** Reports each message that arrives, as the script does, or works in one of the added ways. */
export async function watch({ options }: Values<typeof watchTable>, context: Context): Promise<number> {
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
  if (options.brake) return (await import('./refuse')).refuse(agent, context)
  return answer(agent, options.once, context)
}
