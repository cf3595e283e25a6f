import type { Breach, CommandRan, Event, Night } from '../history'
import { seconds } from './asking'
import { whereTokensLie } from './lying'
import { fileKey, indexOf, placeKey } from './night-index'
import { keptAt, moveOf, nameIn, sentTo, shownBy } from './outward'

const LONGEST = 60
const WIDEST = 160
/** Of a long story the begin is told, and the end. */
const FROM_BEGIN = 25

/** What happened to the message that a breach is about, one short line for each event, in order. */
export function explain(breach: Breach, night: Night): string {
  const head = `promise ${breach.promise}: ${breach.text}`
  const { token } = breach
  if (token === undefined) return head
  const lines = [...linesOf(night, token), ...whereItLies(night, token)].map((line) => `  ${line}`)
  return [head, ...shortened(lines)].join('\n')
}

function shortened(lines: readonly string[]): readonly string[] {
  const most = LONGEST - 1
  if (lines.length <= most) return lines
  const left = lines.length - most + 1
  return [
    ...lines.slice(0, FROM_BEGIN),
    `  … ${left} more`,
    ...lines.slice(lines.length - (most - FROM_BEGIN - 1)),
  ]
}

function linesOf(night: Night, token: string): string[] {
  const isOf = concerns(night, token)
  return night.events
    .filter(isOf)
    .toSorted((a, b) => a.at - b.at)
    .map((event) => `${seconds(event.at).padStart(9)} ${lineOf(event)}`.slice(0, WIDEST))
}

/** Tells the events of a message, and what befell those who had to do with it meanwhile. */
function concerns(night: Night, token: string): (event: Event) => boolean {
  const files = filesOf(night, token)
  const isDirect = (event: Event): boolean => {
    if ('token' in event && event.token === token) return true
    if (event.what !== 'command') return false
    const place = placeKey(event.machine, event.project)
    return shownBy(event)?.token === token || namesIn(event).some((name) => files.has(fileKey(place, name)))
  }
  const direct = night.events.filter(isDirect)
  const sessions = new Set(direct.map((event) => ('session' in event ? event.session : undefined)))
  const machines = new Set(direct.map((event) => ('machine' in event ? event.machine : undefined)))
  const from = direct.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY)
  const to = direct.reduce((most, { ended }) => Math.max(most, ended), 0)
  return (event) => {
    if (isDirect(event)) return true
    if (event.what === 'session ended') return sessions.has(event.session)
    const isBrake = event.what === 'command' && (event.command === 'halt' || event.command === 'resume')
    const isHarm = event.what === 'fault' && event.fault !== 'kill'
    return (isBrake || isHarm) && machines.has(event.machine) && event.ended >= from && event.at <= to
  }
}

/** The names that a message had in inboxes, with their places. */
function filesOf({ events }: Night, token: string): Set<string> {
  const files = new Set<string>()
  const to = events.find((event) => event.what === 'intended' && event.token === token)
  for (const event of events) {
    if (event.what === 'handled' && event.token === token)
      files.add(fileKey(placeKey(event.machine, event.project), nameIn(event.file)))
    if (event.what !== 'command') continue
    const shown = shownBy(event)
    if (shown?.token === token) files.add(fileKey(placeKey(event.machine, event.project), shown.file))
    const path = event.token === token ? (sentTo(event) ?? keptAt(event)) : undefined
    if (path !== undefined && to?.what === 'intended')
      files.add(fileKey(placeKey(to.to.machine, to.to.project), nameIn(path)))
  }
  return files
}

/** The messages that a command names or shows. */
function namesIn(command: CommandRan): string[] {
  const shown = shownBy(command)
  return [...(moveOf(command)?.files ?? []), ...(shown === undefined ? [] : [shown.file])]
}

function lineOf(event: Event): string {
  switch (event.what) {
    case 'intended':
      return `${event.session} wants to send it to ${placeKey(event.to.machine, event.to.project)}, ${event.type} in ${event.conversation}${event.byDoomedKey ? ', by the doomed key' : ''}`
    case 'command':
      return lineOfCommand(event)
    case 'handled':
      return `${event.session} HANDLED it: ${nameIn(event.file)}`
    case 'planted':
      return `an enemy planted it (${event.kind}): ${event.machine}:${event.path}`
    case 'session ended':
      return `${event.session} ${event.how}`
    case 'fault':
      return `${event.fault} on ${event.machine} until ${seconds(event.ended)} ${event.project ?? event.detail}`
    default:
      return event.what
  }
}

function lineOfCommand(command: CommandRan): string {
  const { args, exit, stdout, stderr, ended, session, machine } = command
  const words = args
    .filter((word) => !word.includes('token='))
    .map((word) => (word.includes('/') ? nameIn(word) : word))
  const said = (stdout || stderr).split('\n').find((line) => line !== '' && line !== '{') ?? ''
  const shown = shownBy(command)
  const result = shown === undefined ? said : `shows ${shown.file}`
  return `${session ?? machine}: ${command.command} ${words.join(' ')} → ${exit ?? 'killed'} at ${seconds(ended)} ${result}`
}

function whereItLies(night: Night, token: string): string[] {
  const lying = whereTokensLie(indexOf(night)).get(token) ?? []
  if (lying.length === 0) return ['at the end it lies nowhere']
  return lying.map(({ machine, path }) => `at the end it lies in ${machine}:${path}`)
}
