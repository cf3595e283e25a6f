// @ts-check
/** What must be gone when the measuring ends, also by a failure, by Ctrl-C or by kill. */
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { killTrees } from './proc.mjs'

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** @type {(() => void)[]} */
const endings = []
/** @type {Set<ChildProcess>} */
const running = new Set()

process.once('exit', () => {
  killTrees([...running].flatMap(({ pid }) => pid ?? []))
  for (const end of endings.reverse()) end()
})
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.once(signal, () => process.exit(128 + constants.signals[signal]))

/**
 * Has something done when this process ends; the latest first. It must not wait for anything.
 * @param {() => void} end
 */
export function atEnd(end) {
  endings.push(end)
}

/**
 * Has a process ended with this one, and all that it has started.
 * @param {ChildProcess} child
 */
export function endsWithUs(child) {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Makes a folder that is removed at the end. Its name is short: gpg's sockets have room for few letters. */
export function makeScratchFolder() {
  const folder = mkdtempSync(`${tmpdir()}/cac-bench-`)
  atEnd(() => removeFolder(folder))
  return folder
}

/** @param {string} folder */
export function removeFolder(folder) {
  // What was killed a moment ago may still write one last file.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
