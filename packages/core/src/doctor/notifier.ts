import type { Context } from '../command/context'
import { findProgram } from '../programs/find-program'
import { absent, type Check, ok } from './check'

/** In the order in which the watcher tries them (contract B25). */
const NOTIFIERS = ['notify', 'notify-send']

export function checkNotifier({ env }: Context): Check[] {
  const found = NOTIFIERS.map((name) => findProgram(name, env.PATH)).find((path) => path !== undefined)
  if (found !== undefined) return [ok('notifier', found)]
  return [absent('notifier', 'neither notify nor notify-send: a watcher only prints and logs')]
}
