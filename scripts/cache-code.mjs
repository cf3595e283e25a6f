// @ts-check
/**
 * Writes V8's compiled form of commands beside their code: `cache-code.mjs FOLDER`, for the node it runs on. The
 * build does so. Without it, or on another node, all commands work, a little slower.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'

const MAIN = '.main.js'

/**
 * Writes the code caches of the commands in that folder.
 * @param {string} folder
 */
export function cacheCode(folder) {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(MAIN)) continue
    const filename = `${folder}/${name}`
    const code = readFileSync(filename, 'utf8')
    const path = filename.slice(0, -MAIN.length)
    // core/command/load-main.ts knows it by this name.
    writeFileSync(`${path}.${codeId(code)}.${process.version}-${process.arch}.cache`, compile(code, filename))
  }
}

/**
 * The hash by which the name of a cache tells whose it is.
 * @param {string} code
 */
export function codeId(code) {
  return createHash('sha256').update(code).digest('hex').slice(0, 16)
}

/**
 * @param {string} code
 * @param {string} filename
 */
function compile(code, filename) {
  // All functions, not only those that V8 takes for the first to run. V8 compares the flags of a cache with its
  // own, so this one must be as usual again when the cache is made.
  setFlagsFromString('--no-lazy')
  const script = new Script(code, { filename })
  setFlagsFromString('--lazy')
  return script.createCachedData()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) cacheCode(process.argv[2] ?? '.')
