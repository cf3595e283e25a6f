// @ts-check
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, relative } from 'node:path'

/** @import { FileState } from './types' */

/**
 * Every path below a folder, folders before what they hold.
 * @param {string} folder
 * @returns {string[]}
 */
function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? [path, ...readable(path)] : [path]
  })
}

/** @param {string} folder */
function readable(folder) {
  try {
    return walk(folder)
  } catch {
    return []
  }
}

/**
 * Text where the bytes are UTF-8, base64 where they are not.
 * @param {Uint8Array} bytes
 * @returns {FileState}
 */
function contentState(bytes) {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}

/**
 * @param {string} path
 * @returns {FileState}
 */
function stateOf(path) {
  const stats = lstatSync(path)
  if (stats.isSymbolicLink()) return { link: readlinkSync(path) }
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
  if (stats.isDirectory()) return { mode, folder: true }
  try {
    return { mode, ...contentState(readFileSync(path)) }
  } catch {
    return { mode }
  }
}

/**
 * @param {string} home
 * @returns {Map<string, FileState>} by path below home
 */
export function takeSnapshot(home) {
  return new Map(walk(home).map((path) => [relative(home, path), stateOf(path)]))
}

/**
 * What is new, changed or gone.
 * @param {Map<string, FileState>} before
 * @param {Map<string, FileState>} after
 */
export function changes(before, after) {
  /** @type {Record<string, FileState>} */
  const changed = {}
  for (const [path, state] of after) {
    if (JSON.stringify(before.get(path)) !== JSON.stringify(state)) changed[path] = state
  }
  for (const path of before.keys()) if (!after.has(path)) changed[path] = { gone: true }
  return changed
}
