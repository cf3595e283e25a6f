// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @import { Stub } from './types' */

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`

/**
 * Writes a shell program that logs its arguments and answers as told.
 * @param {string} bin folder on PATH
 * @param {string} kept folder for what it answers with
 * @param {string} log
 * @param {string} name
 * @param {Stub} stub
 * @param {(text: string) => string} fill
 */
export function writeStub(bin, kept, log, name, stub, fill) {
  mkdirSync(kept, { recursive: true })
  /**
   * @param {string} part
   * @param {string | Buffer | undefined} content
   * @param {(path: string) => string} use
   */
  const answer = (part, content, use) => {
    if (content === undefined) return []
    const path = join(kept, `${name}.${part}`)
    writeFileSync(path, content)
    return [use(quoted(path))]
  }
  const stderr = stub.stderrBase64 === undefined ? stub.stderr : Buffer.from(stub.stderrBase64, 'base64')
  const program = [
    '#!/bin/sh',
    // One printf, so that calls side by side do not mix.
    `printf '%s\\0' "$(($# + 1))" ${quoted(name)} "$@" >>${quoted(log)}`,
    'output= descriptor= before=',
    'for word in "$@"; do',
    '  case $before in --output) output=$word ;; --status-fd) descriptor=$word ;; esac',
    '  case $word in --output=*) output=$' + '{word#*=} ;; --status-fd=*) descriptor=$' + '{word#*=} ;; esac',
    '  before=$word',
    'done',
    ...answer('output', stub.output, (path) => `[ -z "$output" ] || /bin/cat ${path} >"$output"`),
    ...answer('status', stub.status, (path) => `[ -z "$descriptor" ] || /bin/cat ${path} >&"$descriptor"`),
    ...answer('stdout', stub.stdout, (path) => `/bin/cat ${path}`),
    ...answer('stderr', stderr, (path) => `/bin/cat ${path} >&2`),
    ...Object.entries(stub.creates ?? {}).map(
      ([path, text]) =>
        `/bin/mkdir -p ${quoted(fill(join(path, '..')))} && printf %s ${quoted(text)} >${quoted(fill(path))}`,
    ),
    ...(stub.signal === undefined ? [] : [`kill -${stub.signal} $$`]),
    `exit ${stub.exit ?? 0}`,
  ]
  writeFileSync(join(bin, name), `${program.join('\n')}\n`, { mode: parseInt(stub.mode ?? '755', 8) })
}

/**
 * @param {string} log
 * @returns {string[][]}
 */
export function readCalls(log) {
  const words = log.split('\0')
  /** @type {string[][]} */
  const calls = []
  for (let at = 0; at < words.length - 1; ) {
    const count = Number(words[at])
    calls.push(words.slice(at + 1, at + 1 + count))
    at += 1 + count
  }
  return calls
}
