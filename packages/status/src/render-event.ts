import type { Happening, MessageHappening, OutboxHappening } from '@cac/core/follow/happening'
import type { Told } from '@cac/core/follow/told-text'
import { counted } from '@cac/core/text/counted'
import { escapeBytes } from '@cac/core/text/raw-name'
import { pathWord } from '@cac/core/text/shell'
import { escapeAll } from '@cac/core/text/terminal'
import { cutPieces, type Piece, paint } from './line-pieces'

/** An event with what may be said of its message. */
export type ShownEvent =
  | { readonly event: 'ready'; readonly waiting: number; readonly inboxes: number }
  | { readonly event: 'answered'; readonly of: MessageHappening; readonly told: Told }
  | { readonly event: 'message'; readonly of: MessageHappening; readonly told: Told }
  | { readonly event: 'outbox'; readonly of: OutboxHappening; readonly told: Told }
  | { readonly event: 'other'; readonly of: Exclude<Happening, MessageHappening | OutboxHappening> }

/** How lines are laid out. */
export interface LineStyle {
  /** Undefined: nothing is cut. */
  readonly columns: number | undefined
  readonly isColoured: boolean
  /** This machine's name, which is left out of addresses. */
  readonly machine: string
}

const DIM = '2'
const RED = '31'
const COLOURS: Readonly<Record<string, string>> = {
  waits: '33',
  arrived: '1;32',
  taken: '36',
  'put back': '33',
  done: '32',
  aside: '35',
  released: '32',
  gone: DIM,
  answered: '1;32',
  sent: '34',
  kept: RED,
  halted: '1;31',
  resumed: '1;32',
  woken: '36',
  quiet: '33',
  ready: DIM,
}
const LONGEST_EVENT = 'put back'.length
/** Columns of the time on a terminal. */
const TIME = 'hh:mm:ssZ'.length

/**
 * One line for people, the newline included. On a terminal it is cut to its columns and begins with the time alone. All
 * text is escaped: whatever a name holds, it stays in its line (contract B44). `now` in milliseconds since the epoch.
 */
export function renderEvent(shown: ShownEvent, style: LineStyle, now: number): string {
  const event = nameOf(shown)
  const time = secondOf(now)
  const pieces: Piece[] = [
    [style.columns === undefined ? time : time.slice(-TIME), DIM],
    ['  '],
    [event.padEnd(LONGEST_EVENT), COLOURS[event]],
    ['  '],
    ...piecesOf(shown, style),
  ]
  const cut = style.columns === undefined ? pieces : cutPieces(pieces, style.columns)
  return `${cut
    .map((piece) => paint(piece, style.isColoured))
    .join('')
    .trimEnd()}\n`
}

export function nameOf(shown: ShownEvent): string {
  return 'of' in shown && shown.event !== 'answered' ? shown.of.event : shown.event
}

function piecesOf(shown: ShownEvent, style: LineStyle): Piece[] {
  switch (shown.event) {
    case 'ready':
      return [
        [`${counted(shown.waiting, 'message')} waiting in ${counted(shown.inboxes, 'inbox', 'inboxes')}`],
      ]
    case 'answered':
    case 'message':
      return messagePieces(shown.of, shown.told, style)
    case 'outbox':
      return outboxPieces(shown.of, shown.told, style)
    case 'other':
      return otherPieces(shown.of)
  }
}

function messagePieces(
  { project, path, take, event }: MessageHappening,
  told: Told,
  style: LineStyle,
): Piece[] {
  const had = event === 'put back' ? 'from' : 'by'
  const by: Piece[] = take === undefined ? [] : [[`  ${had} ${safe(take.by)}`, '36']]
  if (told.is === 'withheld')
    return [[`${safe(project)}  `], [safe(told.reason), RED], ...by, [`  ${pathWord(path)}`, DIM]]
  return [
    [`${here(told.from ?? '?', style)} \u2192 ${here(told.to ?? project, style)}`],
    ...by,
    ...textPieces(told),
  ]
}

function outboxPieces({ message, event }: OutboxHappening, told: Told, style: LineStyle): Piece[] {
  const to = `\u2192 ${safe(message.destination)}`
  if (told.is === 'told') return [[`${here(told.from ?? '?', style)} ${to}`], ...textPieces(told)]
  const path: Piece[] = event === 'kept' ? [[`  ${pathWord(message.path)}`, DIM]] : []
  return [[`${to}  `], [safe(told.reason), RED], ...path]
}

function textPieces(told: Extract<Told, { is: 'told' }>): Piece[] {
  return [[`  ${safe(told.type)}  `, DIM], [safe(told.title)]]
}

function otherPieces(of: Extract<ShownEvent, { event: 'other' }>['of']): Piece[] {
  switch (of.event) {
    case 'halted':
      return [[safe(of.reason), RED]]
    case 'resumed':
      return []
    case 'woken':
      return [[`${safe(of.project)}  ${safe(of.agent)} ${safe(of.session)}`]]
    case 'quiet':
      return [[`${safe(of.project)}  ${safe(of.conversation)}  wakes nobody until ${secondOf(of.until)}`]]
  }
}

/** An address without the name of this machine. */
function here(address: string, { machine }: LineStyle): string {
  const prefix = `${machine}.`
  return safe(address.startsWith(prefix) ? address.slice(prefix.length) : address)
}

function safe(text: string): string {
  return escapeBytes(escapeAll(text))
}

function secondOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}
