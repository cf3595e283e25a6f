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
    // `start` in packages/core knows it by this name.
    writeFileSync(`${path}.${codeId(code)}.${process.version}-${process.arch}.cache`, compile(code, filename))
  }
}

/**
 * Tells code by its bytes.
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
  // All functions, not those alone that V8 takes for the first to run. The flag is part of what V8 compares
  // when it takes a cache, so it must be as it was by then.
  setFlagsFromString('--no-lazy')
  try {
    const script = new Script(code, { filename })
    setFlagsFromString('--lazy')
    return script.createCachedData()
  } finally {
    setFlagsFromString('--lazy')
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) cacheCode(process.argv[2] ?? '.')
