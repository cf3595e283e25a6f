import { fstatSync } from 'node:fs'
import { escapeBytes } from './raw-name'

// Everything that moves the cursor, colours, rings or reorders text. Line ends and tabs are the commands' own.
const HOSTILE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
const EVERY_HOSTILE = new RegExp(HOSTILE, 'g')

/** Unicode's control characters, written out because `\\p{Cc}` loads slow tables. */
export const CONTROL_CHARACTER = /[\x00-\x1f\x7f-\x9f]/

/** Text for `fd`. On a terminal, control characters are shown as `\x1b`, never sent. */
export function safeFor(fd: number, text: string): string {
  return (HOSTILE.test(text) || !text.isWellFormed()) && isDevice(fd)
    ? escapeBytes(escapeControls(text))
    : text
}

const COLOURS: Readonly<Record<string, string>> = { '✓': '32', '✗': '31', '⚠': '33' }
/** These three. The build refuses characters beyond ASCII, which stay as they are in a regular expression. */
const MARK = /[\u2713\u2717\u26a0]/g

/** Text with coloured marks if `fd` is a terminal with colours and NO_COLOR does not forbid them. */
export function paintFor(
  fd: number,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (text.search(MARK) < 0 || env.NO_COLOR || !isPaintable(fd, env)) return text
  return text.replace(MARK, (mark) => `\x1b[${COLOURS[mark]}m${mark}\x1b[0m`)
}

/** Whether `fd` is a terminal that understands control sequences. */
export function isPaintable(fd: number, { TERM }: Readonly<Record<string, string | undefined>>): boolean {
  return TERM !== undefined && TERM !== 'dumb' && isDevice(fd)
}

/** Any character device counts as a terminal, which does no harm. `node:tty` would load all of node's networking. */
export function isDevice(fd: number): boolean {
  return fstatSync(fd).isCharacterDevice()
}

/** As `escapeControls`, but also line ends and tabs, for text that must stay in one line or field. */
export function escapeAll(text: string): string {
  return escapeControls(text).replace(/[\t\n\u2028\u2029]/g, escapeOne)
}

/** Control characters as `\xNN` or `\uNNNN`. */
export function escapeControls(text: string): string {
  return text.replace(EVERY_HOSTILE, escapeOne)
}

function escapeOne(character: string): string {
  const hex = character.charCodeAt(0).toString(16)
  return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`
}
