// @ts-check
import { HOST } from './scratch.mjs'

/**
 * @import { FileState, Keyring } from './types'
 * @import { Scratch } from './scratch.mjs'
 */

// A name that is taken moves on by a second.
const SLACK_MS = 20_000

/** @typedef {{ start: number, end: number }} Span when the command was started and had ended, in ms */

/** @param {Span} span @param {number} instant */
const isNow = ({ start, end }, instant) => instant >= start - 1000 && instant <= end + SLACK_MS

/**
 * Replaces what changes from run to run; anything of another shape than the scripts' stays and shows.
 * @param {Scratch} scratch
 * @param {Span} span
 * @returns {(text: string) => string}
 */
export function makeNormaliser(scratch, span) {
  const ages = [...scratch.ages.values()]
  const slack = (span.end - span.start + SLACK_MS) / 1000
  /** @param {string} found */
  const age = (found) => String(ages.find((given) => +found >= given && +found <= given + slack) ?? found)
  return (text) =>
    text
      .replaceAll(scratch.home, '{home}')
      .replaceAll(scratch.tmp, '{tmp}')
      .replaceAll(`-from-${HOST}-`, '-from-{host}-')
      .replace(/^Local \((.*)\):$/m, (line, name) => (name === HOST ? 'Local ({host}):' : line))
      .replace(/(?<=\{tmp\}\/cross-agent-send-)\w{6,8}(?=\/)/g, '{random}')
      .replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/g, (stamp, ...parts) =>
        isNow(span, Date.parse(`${parts.slice(0, 3).join('-')}T${parts.slice(3, 6).join(':')}Z`))
          ? '{stamp}'
          : stamp,
      )
      .replace(/(?<=\/\.tmp\..*\.(?:asc|org)\.)[a-z0-9_]{8}$/, '{random}')
      .replace(
        /(?<="(?:scanned_at|time)": ")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00)(?=")/g,
        (time) => (isNow(span, Date.parse(time)) ? '{now}' : time),
      )
      .replace(/(?<=^\[?)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?=\t|\] )/gm, (time) =>
        isNow(span, Date.parse(time)) ? '{now}' : time,
      )
      .replace(/(?<="age_seconds": )-?\d+/g, age)
      .replace(/(?<=\()-?\d+(?=s ago\))/g, age)
}

/**
 * gpg's words change with its version; that the last line is taken is tested with stub programs.
 * @param {string} text
 */
export const hideGpgWords = (text) => text.replace(/(?<=gpg verify failed: ).*?(?=",\n|\n)/g, '{gpg}')

/**
 * What must not reach the people that a line is for, as ours shows it (B44).
 * @param {string} line
 */
export const showControls = (line) =>
  line.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    const hex = character.charCodeAt(0).toString(16)
    return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`
  })

/** @param {string} text */
export const toLines = (text) => (text === '' ? [] : text.split('\n'))

/**
 * Usage and help texts and tracebacks are no interface; only that they came is kept.
 * @param {string} text
 */
export function stdoutLines(text) {
  return /^usage: /i.test(text) ? ['{help}'] : toLines(text)
}

/**
 * Only a busy machine makes a command say that it waits for gpg (B75).
 * @param {string} said
 */
export function stderrLines(said) {
  const text = said.replace(/^waiting for gpg to .*\n/gm, '')
  const last = text.trimEnd().split('\n').at(-1) ?? ''
  if (text.startsWith('usage: ')) return ['{usage}', last]
  if (text.includes('Traceback (most recent call last):')) return ['{traceback}', last.split(':')[0] ?? '']
  // Bash names the script and the line.
  if (/^\S*: line \d+: /.test(text)) return ['{traceback}', last.split(': ').at(-1) ?? '']
  return toLines(text)
}

/**
 * Where a signature is staged is not compared, nor the status lines that B3 asks gpg for.
 * @param {string[][]} calls
 * @param {(text: string) => string} normalise
 */
export function normaliseCalls(calls, normalise) {
  return calls.map((call) =>
    call
      .filter((word, at) => {
        const isStatus =
          word === '--status-fd' || call[at - 1] === '--status-fd' || word.startsWith('--status-fd=')
        return !(call[0] === 'gpg' && isStatus)
      })
      .map((word, at, words) => (words[at - 1] === '--output' ? '{temp}' : normalise(word))),
  )
}

/**
 * A signature's bytes are never the same: named by its signer once gpg found that it fits its message.
 * @param {Record<string, FileState>} files
 * @param {Keyring | undefined} keyring
 */
export async function nameSigners(files, keyring) {
  if (keyring === undefined) return files
  /** @type {Record<string, FileState>} */
  const named = {}
  for (const [path, state] of Object.entries(files)) {
    const message = files[path.replace(/\.asc$/, '')]
    named[path] = state
    if (!state.text?.startsWith('-----BEGIN PGP SIGNATURE-----')) continue
    const bytes = Buffer.from(
      message?.text ?? message?.base64 ?? '',
      message?.base64 === undefined ? 'utf8' : 'base64',
    )
    named[path] = { ...state, text: `{signature: ${await keyring.signer(bytes, Buffer.from(state.text))}}` }
  }
  return named
}
