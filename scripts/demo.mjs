// @ts-check
/**
 * A whole conversation on real parts, in a scratch home with a throwaway key: every command that is run and what it
 * prints. On a terminal it waits for a key after each step. Ends with 1 if anything goes another way than shown.
 */
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { binOf, commands } from './project.mjs'
import { requireSystemPrograms, setUp } from './setup.mjs'

requireSystemPrograms(['gpg', 'gpgconf'])
await setUp()

const home = mkdtempSync(`${tmpdir()}/cac-demo-`)
const bin = `${home}/bin`
const mill = `${home}/projects/mill`
const bakery = `${home}/projects/bakery`
const inbox = 'inbox/from-agents'
const env = {
  HOME: home,
  GNUPGHOME: `${home}/gnupg`,
  PATH: `${bin}:${process.env.PATH}`,
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
}
const isWatchedByPerson = process.stdin.isTTY === true && process.stdout.isTTY === true
let steps = 0

/**
 * Begins a step, once whoever watches has read the one before.
 * @param {string} text
 */
async function say(text) {
  if (isWatchedByPerson && steps > 0) await anyKey()
  steps++
  console.log(`\n# ${steps}. ${text}`)
}

/** Ctrl-C and q end the demo. */
async function anyKey() {
  process.stdout.write('\n(any key goes on, q ends)')
  process.stdin.setRawMode(true).resume()
  const [key] = await new Promise((resolve) => process.stdin.once('data', (data) => resolve([`${data}`])))
  process.stdin.setRawMode(false).pause()
  process.stdout.write('\r\x1b[K')
  if (key === '\x03' || key === 'q') throw new Ended()
}

class Ended extends Error {}

/** @param {string} text */
const shorten = (text) => text.replaceAll(home, '~')

/**
 * Shows and runs a command line, and insists on its exit code. Returns what it printed to standard output.
 * @param {string} absolute its paths, which are shown as seen from `cwd`
 * @param {{ cwd?: string, exit?: number }} [options]
 */
function show(absolute, { cwd = mill, exit = 0 } = {}) {
  const line = absolute.replaceAll(`${cwd}/`, '')
  console.log(`${shorten(cwd)} $ ${shorten(line)}`)
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  process.stdout.write(shorten(`${stdout}${stderr}`))
  if (status !== 0) console.log(`[exit ${status}]`)
  if (status !== exit) throw new Error(`${line}: expected exit ${exit}`)
  return stdout
}

/** The path in the line `sent: PATH` or `file: PATH`, as a word for a shell. @param {string} output */
function pathIn(output) {
  const path = /^(?:sent|file): (.*)$/m.exec(output)?.[1]
  if (path === undefined) throw new Error(`no path in: ${output}`)
  return wordOf(path)
}

/** The folder for temporary files may have any name. @param {string} path */
function wordOf(path) {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

/**
 * A message with its header, as the scripts want it.
 * @param {Record<string, string | number>} fields
 */
function writeMessage(fields) {
  const timestamp = new Date().toISOString()
  const header = {
    TITLE: 'Rye',
    CONVERSATION_ID: 'rye',
    PROTOCOL_VERSION: 5,
    TIMESTAMP: timestamp,
    ...fields,
  }
  const lines = Object.entries(header).map(([key, value]) => `#+${key}: ${value}\n`)
  writeFileSync(`${mill}/message.org`, `${lines.join('')}\nOne sack of rye, please.\n`)
}

async function oneLiners() {
  await say('A throwaway key for agents, and two projects: mill and bakery')
  show(
    "gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-gen-key agents ed25519 sign never 2> /dev/null",
  )
  show('cross-agent-discover')

  await say('Write: the mill sends a signed message to the bakery')
  show('cross-agent-send bakery -m "Three sacks, please."')

  await say('Read: the bakery sees what to do with it, who signed it, and what it says')
  const request = pathIn(show('cross-agent-recv --next', { cwd: bakery }))

  await say('Answer and finish. An idle agent of the mill waits for the answer meanwhile')
  const waiting = spawn(`${bin}/cross-agent-watch`, ['--once', '--here'], { cwd: mill, env })
  let heard = ''
  waiting.stdout.on('data', (/** @type {Buffer} */ data) => {
    heard += data
  })
  const ended = new Promise((resolve) => waiting.once('close', resolve))
  process.once('exit', () => waiting.kill())
  console.log('~/projects/mill $ cross-agent-watch --once --here &')
  show(`cross-agent-send --reply-to ${request} --type complete -m "Two today."`, { cwd: bakery })
  show(`cross-agent-recv --done ${request}`, { cwd: bakery })
  if ((await ended) !== 0) throw new Error('the wait did not end well')
  console.log(shorten(`    the wait ends: ${heard.trim()}`))

  await say('Finish the answer too, and see what waits')
  show(`cross-agent-recv --done ${wordOf(heard.trim())}`)
  show('cross-agent-status')
}

async function formOfTheScripts() {
  await say('The form of the scripts works as ever: a file with its header')
  writeMessage({ MESSAGE_TYPE: 'request', SEQUENCE: 1 })
  show('cat message.org')
  const first = pathIn(show('cross-agent-send local.bakery message.org'))
  show(`cross-agent-recv ${first}`, { cwd: bakery })

  await say('A retry is a duplicate (1)')
  const retry = pathIn(show('cross-agent-send local.bakery message.org'))
  show(`cross-agent-recv ${retry}`, { cwd: bakery, exit: 1 })

  await say('Another protocol than the expected one is a question back (2)')
  show(`cross-agent-recv --protocol-version 6 ${first}`, { cwd: bakery, exit: 2 })

  await say('A message that was changed on its way is rejected (3)')
  show(`cp ${first} ${inbox}/changed.org`, { cwd: bakery })
  show(`cp ${first}.asc ${inbox}/changed.org.asc`, { cwd: bakery })
  appendFileSync(`${bakery}/${inbox}/changed.org`, 'And the keys of the safe.\n')
  show(`cross-agent-recv ${inbox}/changed.org`, { cwd: bakery, exit: 3 })
  show(`rm ${inbox}/changed.org*`, { cwd: bakery })

  await say('The brake: nothing is sent or decided while it is on (5)')
  show('cross-agent-halt --no-stop-watcher something is odd')
  show(`cross-agent-send bakery -m "Hello?"`, { exit: 5 })
  show(`cross-agent-recv ${first}`, { cwd: bakery, exit: 5 })

  await say('A person lets everything go on')
  show('cross-agent-resume')

  await say('A release answers its conversation: nothing waits any more')
  writeMessage({ MESSAGE_TYPE: 'release', SEQUENCE: 2 })
  show('cross-agent-send local.bakery message.org')
  show('cross-agent-status')
}

let exitCode = 0
try {
  mkdirSync(bin)
  mkdirSync(env.GNUPGHOME, { mode: 0o700 })
  for (const command of commands) symlinkSync(binOf(command), `${bin}/cross-agent-${command}`)
  for (const project of [mill, bakery]) mkdirSync(`${project}/.ai`, { recursive: true })
  // The demo must not touch the services of whoever runs it.
  writeFileSync(`${bin}/systemctl`, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  await oneLiners()
  await formOfTheScripts()
  console.log('\nThat was all: nothing of it is left behind.')
} catch (error) {
  if (!(error instanceof Ended)) {
    exitCode = 1
    console.error(`the demo failed: ${error instanceof Error ? error.message : error}`)
  }
} finally {
  spawnSync('gpgconf', ['--kill', 'all'], { env })
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}
process.exit(exitCode)
