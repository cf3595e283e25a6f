// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from './programs.mjs'

/** @import { Stub, StubAnswer } from './types' */

/**
 * @typedef {object} StubPlace
 * @property {string} bin folder on PATH
 * @property {string} kept folder for what a stub answers with, and what it leaves behind
 * @property {string} peerBin the programs of a peer
 * @property {string} log
 * @property {string} home
 * @property {(text: string) => string} fill
 */

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`

/**
 * Writes a shell program that logs its arguments and answers as told.
 * @param {StubPlace} place
 * @param {string} name
 * @param {Stub} stub
 */
export function writeStub(place, name, stub) {
  mkdirSync(place.kept, { recursive: true })
  const program = [
    '#!/bin/sh',
    // One printf, so that calls side by side do not mix.
    `printf '%s\\0' "$(($# + 1))" ${quoted(name)} "$@" >>${quoted(place.log)}`,
    ...(stub.isReal ? becomeReal(place, name) : answerLines(place, name, stub)),
  ]
  writeFileSync(join(place.bin, name), `${program.join('\n')}\n`, { mode: parseInt(stub.mode ?? '755', 8) })
}

/**
 * @param {StubPlace} place
 * @param {string} name
 */
function becomeReal({ kept }, name) {
  const real = findProgram(name)
  if (real === undefined) throw new Error(`there is no ${name}`)
  return [`echo $$ >${quoted(processFile(kept, name))}`, `exec ${quoted(real)} "$@"`]
}

/**
 * Holds the id of the process that a real program behind a stub runs in.
 * @param {string} kept
 * @param {string} name
 */
export const processFile = (kept, name) => join(kept, `${name}.process`)

/**
 * @param {StubPlace} place
 * @param {string} name
 * @param {Stub} stub
 */
function answerLines(place, name, stub) {
  const special = (stub.answers ?? []).flatMap((answer, at) => {
    const conditions = (answer.words ?? []).map((word) => `has ${quoted(place.fill(word))} "$@"`)
    if (answer.once)
      conditions.push(`/bin/mkdir ${quoted(join(place.kept, `${name}.${at}.once`))} 2>/dev/null`)
    return [`if ${conditions.join(' && ') || ':'}; then`, ...giveAnswer(place, `${name}.${at}`, answer), 'fi']
  })
  return [
    'has() { wanted=$1; shift; for word; do [ "$word" = "$wanted" ] && return 0; done; return 1; }',
    'output= descriptor= before= file=',
    'for word in "$@"; do',
    '  case $before in --output) output=$word ;; --status-fd) descriptor=$word ;; esac',
    '  case $word in --output=*) output=$' + '{word#*=} ;; --status-fd=*) descriptor=$' + '{word#*=} ;; esac',
    '  if [ -f "$word" ]; then file=$word; fi',
    '  before=$word',
    'done',
    ...(name === 'ssh' ? HEAR : []),
    ...special,
    ...giveAnswer(place, name, stub),
  ]
}

/**
 * Reads what our commands send over standard input (B49): `$frame` is all of it, `$script` its name, `$sum` the number that
 * answers begin with. The command that the scripts have in its place is put behind the arguments, for `has`.
 */
const HEAR = [
  'frame= script= sum= end=$(echo; echo .); end=$' + '{end%.}',
  "case $before in 'sh -c '\\''l=$('*)",
  '  while IFS= read -r line; do',
  '    frame=$frame$line$end',
  '    case $line in',
  "      'cross-agent begin '*) script=$" + '{line##* } ;;',
  "      'cross-agent end '*) break ;;",
  `      'set -- "'[0-9]*) a=$` +
    `{line#'set -- "'} b=$` +
    `{a#*'" "'}; sum=$(($` +
    `{a%%'"'*} + $` +
    `{b%%'"'*})) ;;`,
  '    esac',
  '  done ;;',
  'esac',
  'case $script in',
  '  alive) set -- "$@" true ;;',
  '  projects) set -- "$@" \'ls -d ~/projects/*/.ai/ 2>/dev/null\' ;;',
  'esac',
]

/**
 * What a peer says that did as it was told (B34), and for send the first of the names (B5). The scripts ask for neither.
 * These words come after whatever else the login shell printed.
 */
const CONFIRM = [
  '[ -z "$sum" ] || echo',
  'case $script in',
  "  '') ;;",
  '  claim) echo "cross-agent $sum claimed 0" ;;',
  '  *) echo "cross-agent $sum done" ;;',
  'esac',
]

/**
 * @param {StubPlace} place
 * @param {string} label of the files that hold the answer
 * @param {StubAnswer} answer
 */
function giveAnswer({ kept, peerBin, home, fill }, label, answer) {
  /**
   * @param {string} part
   * @param {string | Buffer | undefined} content
   * @param {(path: string) => string} use
   */
  const give = (part, content, use) => {
    if (content === undefined) return []
    const path = join(kept, `${label}.${part}`)
    writeFileSync(path, content)
    return [use(quoted(path))]
  }
  const stderr =
    answer.stderrBase64 === undefined ? answer.stderr : Buffer.from(answer.stderrBase64, 'base64')
  return [
    ...give('output', answer.output, (path) => `[ -z "$output" ] || /bin/cat ${path} >"$output"`),
    ...give('status', answer.status, (path) => `[ -z "$descriptor" ] || /bin/cat ${path} >&"$descriptor"`),
    ...give('stdout', answer.stdout, (path) => showLine(path)),
    ...give('stderr', stderr, (path) => `/bin/cat ${path} >&2`),
    ...Object.entries(answer.creates ?? {}).map(
      ([path, text]) =>
        `/bin/mkdir -p ${quoted(fill(join(path, '..')))} && printf %s ${quoted(text)} >${quoted(fill(path))}`,
    ),
    ...(answer.copiesTo === undefined ? [] : copyLines(join(home, answer.copiesTo))),
    ...(answer.signal === undefined ? [] : [`kill -${answer.signal} $$`]),
    ...(label.startsWith('ssh') && !answer.exit ? CONFIRM : []),
    answer.runsIn === undefined ? `exit ${answer.exit ?? 0}` : runLine(join(home, answer.runsIn), peerBin),
  ]
}

/**
 * A listing of projects comes line by line behind the sum.
 * @param {string} path
 */
const showLine = (path) =>
  `if [ "$script" = projects ]; then /bin/sed "s/^/cross-agent $sum project /" ${path}; else /bin/cat ${path}; fi`

/** @param {string} folder */
const copyLines = (folder) => [
  `/bin/mkdir -p ${quoted(folder)}`,
  // The bytes alone: of the modes on a peer the contract says nothing that the scripts do.
  `/bin/cat "$file" >${quoted(folder)}/"$(/usr/bin/basename "$file")"`,
]

/**
 * @param {string} home
 * @param {string} programs
 */
const runLine = (home, programs) =>
  `cd ${quoted(home)} && printf %s "$frame" | /usr/bin/env -i HOME=${quoted(home)} PATH=${quoted(`${home}/bin:${programs}`)} /bin/sh -c "$before"; exit`

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
