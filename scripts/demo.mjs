// @ts-check
/**
 * A whole conversation on real parts, in a scratch home with a throwaway key: every command that is run and
 * what it prints. Ends with 1 if anything goes another way than shown.
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { binOf, commands } from './project.mjs'
import { requireSystemPrograms, setUp } from './setup.mjs'

requireSystemPrograms(['gpg', 'gpgconf'])
await setUp()

const home = mkdtempSync(`${tmpdir()}/cac-demo-`)
const bin = `${home}/bin`
const inbox = `${home}/projects/bakery/inbox/from-agents`
const env = {
  HOME: home,
  GNUPGHOME: `${home}/gnupg`,
  PATH: `${bin}:${process.env.PATH}`,
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
}
const cwd = `${home}/projects/mill`

/** @param {string} text */
const say = (text) => console.log(`\n# ${text}`)

/**
 * Shows and runs a command line, and insists on its exit code. Returns what it printed to standard output.
 * @param {string} line
 * @param {number} expected
 */
function show(line, expected = 0) {
  console.log(`$ ${line.replaceAll(home, '~')}`)
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' })
  process.stdout.write(`${stdout}${stderr}`.replaceAll(home, '~'))
  console.log(`[exit ${status}]`)
  if (status !== expected) throw new Error(`expected exit ${expected}`)
  return stdout
}

/** @param {Record<string, string | number>} fields */
function writeMessage(fields) {
  const header = {
    TITLE: 'Flour',
    CONVERSATION_ID: 'flour',
    MESSAGE_TYPE: 'request',
    PROTOCOL_VERSION: 5,
    ...fields,
  }
  const timestamp = new Date().toISOString()
  const lines = Object.entries({ ...header, TIMESTAMP: timestamp }).map(
    ([key, value]) => `#+${key}: ${value}\n`,
  )
  writeFileSync(`${home}/message.org`, `${lines.join('')}\nThree sacks, please.\n`)
}

/**
 * A program of our own: the demo must not touch the desktop or the services of whoever runs it.
 * @param {string} name
 * @param {string} script
 */
function standIn(name, script) {
  writeFileSync(`${bin}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/** @param {string} output */
const sentPath = (output) => output.trim().replace(/^sent: /, '')

async function conversation() {
  say('A throwaway key, and two projects: mill and bakery')
  show(
    'gpg --batch --quiet --pinentry-mode loopback --passphrase "" --quick-gen-key miller ed25519 sign never 2> /dev/null',
  )
  show('cross-agent-discover')

  say('A watcher notifies of what arrives (here its "notify" is a stand-in, for want of a desktop)')
  console.log('$ cross-agent-watch &')
  const watcher = spawn(`${bin}/cross-agent-watch`, [], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const watched = readLines(watcher.stdout)
  await watched('cross-agent-watch: watching')
  try {
    await underWatch(watched)
  } finally {
    watcher.kill()
  }
}

/** @param {(text: string) => Promise<void>} watched */
async function underWatch(watched) {
  say('The mill sends a signed message to the bakery')
  writeMessage({ SEQUENCE: 1 })
  show(`cat ${home}/message.org`)
  const first = sentPath(show(`cross-agent-send local.bakery ${home}/message.org`))
  await watched(basename(first))
  for (let tries = 0; !existsSync(`${home}/notifications`) && tries < 100; tries++) await sleep(50)
  show(`cat ${home}/notifications`)
  show(`ls ${inbox}`)

  say('The bakery decides: process (exit 0)')
  show(`cross-agent-recv ${first}`)

  say('A retry of the same message is a duplicate (exit 1)')
  const retry = sentPath(show(`cross-agent-send local.bakery ${home}/message.org`))
  show(`cross-agent-recv ${retry}`, 1)

  say('A protocol older than expected is a question back (exit 2)')
  show(`cross-agent-recv --protocol-version 6 ${first}`, 2)

  say('A message that was changed on its way is rejected (exit 3)')
  show(`cp ${first} ${inbox}/changed.org && cp ${first}.asc ${inbox}/changed.org.asc`)
  appendFileSync(`${inbox}/changed.org`, 'And the keys of the safe.\n')
  show(`cross-agent-recv ${inbox}/changed.org`, 3)
  show(`rm ${inbox}/changed.org ${inbox}/changed.org.asc`)

  say('The brake: nothing is sent or decided while it is on (exit 5)')
  writeMessage({ SEQUENCE: 2, MESSAGE_TYPE: 'release' })
  show('cross-agent-halt --no-stop-watcher something is odd')
  show(`cross-agent-send local.bakery ${home}/message.org`, 5)
  show(`cross-agent-recv ${first}`, 5)
  show('cross-agent-status')
  show('cross-agent-resume')

  say('A release answers its conversation: nothing waits any more')
  await watched(basename(sentPath(show(`cross-agent-send local.bakery ${home}/message.org`))))
  show('cross-agent-status')
}

/**
 * Prints what a program says; the function returned waits until a line of it holds some text.
 * @param {import('node:stream').Readable} stream
 */
function readLines(stream) {
  let said = ''
  stream.setEncoding('utf8').on('data', (text) => {
    said += text
    process.stdout.write(
      `${text}`
        .replaceAll(home, '~')
        .replace(/^/gm, '    [watch] ')
        .replace(/ {4}\[watch\] $/, ''),
    )
  })
  return async (/** @type {string} */ text) => {
    for (let tries = 0; !said.includes(text); tries++) {
      if (tries > 200) throw new Error(`the watcher never said: ${text}`)
      await sleep(50)
    }
  }
}

let failed = false
try {
  mkdirSync(bin)
  mkdirSync(`${home}/gnupg`, { mode: 0o700 })
  for (const command of commands) symlinkSync(binOf(command), `${bin}/cross-agent-${command}`)
  mkdirSync(cwd, { recursive: true })
  mkdirSync(inbox, { recursive: true })
  for (const project of ['mill', 'bakery']) mkdirSync(`${home}/projects/${project}/.ai`)
  standIn('notify', `echo "$@" >> ${home}/notifications`)
  standIn('systemctl', 'exit 0')
  await conversation()
  say('That was all: nothing of it is left behind.')
} catch (error) {
  failed = true
  console.error(`the demo failed: ${error instanceof Error ? error.message : error}`)
} finally {
  spawnSync('gpgconf', ['--kill', 'all'], { env })
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}
process.exit(failed ? 1 : 0)
