// @ts-check
/**
 * `usual-runs.mjs NAME.main.js FILE` runs a command in the ways that are usual, and writes V8's compiled form of what
 * ran to that file. What seldom runs is left out, because V8 reads the whole cache at each start. HOME must be an empty
 * folder that nothing else uses, and HOME/bin must come first on PATH.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { Script } from 'node:vm'

const [main = '', cache = ''] = process.argv.slice(2)
const home = process.env.HOME ?? ''
const inbox = `${home}/projects/bakery/inbox/from-agents`
const message = `${inbox}/20260101T000000Z-from-mill-flour.org`

/** @type {Record<string, string[][]>} */
const LINES = {
  discover: [[]],
  halt: [['--no-stop-watcher', 'reason']],
  recv: [
    ['--no-verify', message],
    [message],
    ['--next', '--project', 'bakery'],
    ['--next', '--take', '--project', 'bakery'],
    ['--done', message],
  ],
  resume: [[]],
  send: [
    ['local.bakery', message],
    ['bakery', '-m', 'Three sacks, please.'],
    ['--reply-to', message, '-m', 'Two.'],
  ],
  status: [[], ['--project', 'bakery', '--messages'], ['--project', 'bakery', '--line']],
  watch: [['--once', '--project', 'bakery']],
}

/** Verifies and signs anything. */
const GPG = `#!/bin/sh
for word; do case $word in --verify) verifies=1 ;; *.asc) signature=$word ;; esac; done
if [ -z "$verifies" ]; then echo signature > "$signature"; exit 0; fi
key=0123456789ABCDEF0123456789ABCDEF01234567
echo "[GNUPG:] GOODSIG \${key#????????????????????????} agents"
echo "[GNUPG:] VALIDSIG $key 2026-01-01 1767225600 0 4 0 22 10 00 $key"
`

const MESSAGE = `#+TITLE: Flour
#+CONVERSATION_ID: flour
#+MESSAGE_TYPE: request
#+SEQUENCE: 1
#+TIMESTAMP: 2026-01-01T00:00:00+00:00
#+PROTOCOL_VERSION: 5

Three sacks, please.
`

/**
 * Runs the command to its end, which it tells by process.exit.
 * @param {Function} run
 * @param {string[]} args
 */
async function runOnce(run, args) {
  const bin = main.replace(/main\.js$/, 'cjs')
  process.argv = [process.execPath, bin, ...args]
  const exitCode = await new Promise((resolve) => {
    Object.defineProperty(process, 'exit', { value: resolve, configurable: true })
    run(createRequire(bin), main)
  })
  if (exitCode !== 0) throw new Error(`ended with ${exitCode}: ${process.argv.slice(1).join(' ')}`)
}

const exit = process.exit
const script = new Script(readFileSync(main, 'utf8'), { filename: main })
const run = script.runInThisContext()
const command = basename(main).replace(/^cross-agent-(.*)\.main\.js$/, '$1')
// What it says where nothing is there yet.
if (command === 'status') await runOnce(run, [])
for (const folder of [inbox, `${home}/projects/mill/.ai`, `${home}/bin`])
  mkdirSync(folder, { recursive: true })
writeFileSync(`${home}/bin/gpg`, GPG, { mode: 0o755 })
// The services of whoever builds must not be touched.
writeFileSync(`${home}/bin/systemctl`, '#!/bin/sh\n', { mode: 0o755 })
writeFileSync(message, MESSAGE)
writeFileSync(`${message}.asc`, 'signature\n')
for (const args of LINES[command] ?? []) await runOnce(run, args)
writeFileSync(cache, script.createCachedData())
exit(0)
