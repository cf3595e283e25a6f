// @ts-check
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCalls } from './stub.mjs'

/**
 * @import { Step, Target } from './types'
 * @import { ProgramResult } from './run-program.mjs'
 * @import { Scratch } from './scratch.mjs'
 */

const PATIENCE_MS = 120_000
const LOG = '.local/state/cross-agent-comms/watch.log'

/** Can be seen here what inotifywait watches? */
export const CAN_WATCH = process.platform === 'linux'

/**
 * Starts a watcher, lets the steps happen once the kernel reports to its inotifywait, and ends it with SIGTERM
 * as soon as it has told of the last one.
 * @param {Target} target
 * @param {readonly Step[]} steps
 * @param {Scratch} scratch
 * @returns {Promise<ProgramResult>}
 */
export async function runWatcher(target, steps, scratch) {
  // A group of its own: the script's inotifywait outlives the shell that has started it.
  const child = spawn(target.program, target.arguments, {
    env: scratch.env,
    cwd: scratch.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  /** @type {Buffer[]} */
  const stdout = []
  /** @type {Buffer[]} */
  const stderr = []
  child.stdout.on('data', (/** @type {Buffer} */ chunk) => stdout.push(chunk))
  child.stderr.on('data', (/** @type {Buffer} */ chunk) => stderr.push(chunk))
  /** @type {Promise<number | string>} */
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  const said = {
    log: () => textOf(join(scratch.home, LOG)),
    stdout: () => String(Buffer.concat(stdout)),
    call: () => textOf(scratch.log),
  }
  /** @param {Step} step */
  const timesTold = ({ told, ...step }) => (told === undefined ? 0 : said[told]().split(nameOf(step)).length)
  try {
    await until(() => watches(scratch), 'inotifywait is ready')
    for (const [at, step] of steps.entries()) {
      const before = timesTold(step)
      happen(step, scratch, at)
      if (step.told !== undefined) await until(() => timesTold(step) > before, JSON.stringify(step))
    }
    // A stub logs its call before it does what it was called for.
    await until(() => !isNotifying(scratch), 'the last notification is over')
  } finally {
    const isRunning = child.exitCode === null && child.signalCode === null
    if (child.pid !== undefined && isRunning) process.kill(-child.pid, 'SIGTERM')
  }
  return { exit: await ended, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }
}

/**
 * @param {Step} step
 * @param {Scratch} scratch
 * @param {number} at
 */
function happen({ files = {}, folder, arrives }, { home, cwd }, at) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    if (text === null) rmSync(join(home, path))
    else writeFileSync(join(home, path), text)
  }
  if (folder !== undefined) mkdirSync(join(home, folder))
  if (arrives !== undefined) {
    const temp = join(cwd, `.tmp.${at}`)
    writeFileSync(temp, 'a message\n')
    renameSync(temp, join(home, arrives))
  }
}

/**
 * Does the kernel report of every folder that inotifywait was called with?
 * @param {Scratch} scratch
 */
function watches({ processFile, log }) {
  const call = readCalls(textOf(log)).findLast(([program]) => program === 'inotifywait')
  const pid = textOf(processFile('inotifywait')).trim()
  if (call === undefined || pid === '') return false
  const folders = call.length - call.indexOf('%w%f') - 1
  const infos = `/proc/${pid}/fdinfo`
  const watched = readdirSync(infos).map(
    (name) => textOf(join(infos, name)).match(/^inotify wd/gm)?.length ?? 0,
  )
  return watched.some((count) => count >= folders)
}

/**
 * Does a stub for notifications run?
 * @param {Scratch} scratch
 */
function isNotifying({ env }) {
  const stub = join(env.PATH ?? '', 'notify')
  return readdirSync('/proc').some(
    (name) => /^\d/.test(name) && textOf(`/proc/${name}/cmdline`).includes(stub),
  )
}

/** @param {Step} step */
const nameOf = ({ arrives, folder, files = {} }) => basename(arrives ?? folder ?? Object.keys(files)[0] ?? '')

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/**
 * @param {() => boolean} holds
 * @param {string} what
 */
async function until(holds, what) {
  for (const end = Date.now() + PATIENCE_MS; !holds(); await sleep(10)) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`)
  }
}
