import type { Breach, CommandRan, Handled, Moment } from '../history'
import { seconds, showBefore } from './asking'
import { type Halted, haltAt, haltsOf } from './halts'
import type { Index } from './night-index'
import { HALTED, isHook, isNotice, isWaiter, isWake, keptAt, sentTo, shownBy } from './outward'
import { BRAKING } from './parameters'

/** Usage errors: also what the shell says where the folder of the project is away. */
const USAGE = 2
/** Node or Python could not even start: nothing was done. */
const NOT_STARTED = 1

/** Promise 4: while a machine is halted, nothing is sent, decided, finished or told there. */
export function brakeHolds(index: Index): Breach[] {
  const halts = haltsOf(index)
  const of = (machine: string, ended: Moment) => haltAt(halts.get(machine) ?? [], ended)
  const handled = [...index.handled.values()].flat()
  return [
    ...index.commands.flatMap((command) => checkCommand(command, of(command.machine, command.ended))),
    ...handled.flatMap((one) => checkHandled(index, one, of(one.machine, one.at))),
  ]
}

/** What ends after the resume may have done its deed after it: that is in no halt. */
function checkCommand(command: CommandRan, halted: Halted | undefined): Breach[] {
  if (halted === undefined) return []
  const { at, ended } = command
  const isLate = ended > halted.from + BRAKING
  const deed = at >= halted.from ? deedUnder(command) : isLate ? lateDeed(command) : undefined
  if (deed === undefined) return []
  const text = `${whenOf(halted)} nothing may happen there, but ${nameOf(command)}, from ${seconds(at)} to ${seconds(ended)}, ${deed}`
  return [{ promise: 4, text, ...(command.token === undefined ? {} : { token: command.token }) }]
}

function whenOf({ machine, from, to }: Halted): string {
  return `${machine} was halted from ${seconds(from)} to ${seconds(to)} and`
}

function nameOf({ command, args, session }: CommandRan): string {
  const what = ['--done', '--aside', '--put-back', '--next', '--once', '--hook'].find((one) =>
    args.includes(one),
  )
  return `${command}${what === undefined ? '' : ` ${what}`} of ${session ?? 'a person'}`
}

/** What a command did that began while its machine was halted. */
function deedUnder(command: CommandRan): string | undefined {
  const done = deedOf(command)
  if (done !== undefined) return done
  const { exit, args } = command
  const mustRefuse =
    command.command === 'send' ||
    command.command === 'recv' ||
    (command.command === 'watch' && args.includes('--once') && !isHook(command))
  if (!mustRefuse || exit === null || [HALTED, USAGE, NOT_STARTED].includes(exit)) return undefined
  return `ended with ${exit} and not with ${HALTED}`
}

/** What a command did that began before, and should have ended long since. The scripts look only now and then. */
function lateDeed(command: CommandRan): string | undefined {
  return command.kind === 'script' ? undefined : deedOf(command)
}

function deedOf(command: CommandRan): string | undefined {
  if (isWake(command)) return command.hook === 'PreToolUse' ? undefined : 'woke its session'
  if (isNotice(command)) return 'told of mail'
  if (isWaiter(command) || isHook(command)) return undefined
  if (command.command === 'send') return deedOfSend(command)
  if (command.command === 'recv')
    return command.stdout.trim() === '' ? undefined : `said "${firstLine(command)}"`
  if (command.command === 'watch' && command.stdout.trim() !== '') return `told of ${firstLine(command)}`
  return undefined
}

function deedOfSend(command: CommandRan): string | undefined {
  // `--wait` that HALT ends after the message was sent says so, and ends as it must.
  const isEnded = command.exit === HALTED || command.exit === null
  if (sentTo(command) !== undefined && !isEnded) return 'sent a message'
  if (shownBy(command) !== undefined) return 'showed a message'
  return keptAt(command) !== undefined && !isEnded ? 'kept a message' : undefined
}

function firstLine({ stdout }: CommandRan): string {
  return stdout.trim().split('\n', 1)[0]?.slice(0, 80) ?? ''
}

/** What had been shown before may still be handled for some seconds. */
function checkHandled(index: Index, handled: Handled, halted: Halted | undefined): Breach[] {
  if (halted === undefined || !wasShown(index, handled, halted)) return []
  const { token, session, at } = handled
  const text = `${whenOf(halted)} nothing may be handled there, but ${session} handled ${token} at ${seconds(at)}`
  return [{ promise: 4, token, text }]
}

function wasShown(index: Index, handled: Handled, { from }: Halted): boolean {
  const show = showBefore(index, handled)?.by
  if (show === undefined) return handled.at > from + BRAKING
  return show.at >= from || show.ended > from + BRAKING
}
