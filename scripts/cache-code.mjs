// @ts-check
/**
 * Writes V8's compiled form of commands beside their code: `cache-code.mjs FOLDER`, for the node it runs on. The
 * build does so. Without it, or on another node, all commands work, a little slower.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = '.main.js'
const USUAL_RUNS = fileURLToPath(new URL('usual-runs.mjs', import.meta.url))

/**
 * Writes the code caches of the commands in that folder.
 * @param {string} folder
 */
export function cacheCode(folder) {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(MAIN)) continue
    const main = resolve(folder, name)
    // core/command/load-main.ts knows it by this name.
    const id = codeId(readFileSync(main, 'utf8'))
    compile(main, `${main.slice(0, -MAIN.length)}.${id}.${process.version}-${process.arch}.cache`)
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
 * In a process and a home of its own, since the command runs for it.
 * @param {string} main
 * @param {string} cache
 */
function compile(main, cache) {
  // Beside the command, for programs must be able to run there.
  const home = mkdtempSync(`${dirname(main)}/.usual-`)
  try {
    const env = { HOME: home, PATH: `${home}/bin:/usr/local/bin:/usr/bin:/bin`, TMPDIR: home }
    const run = spawnSync(process.execPath, [USUAL_RUNS, main, cache], { cwd: home, env, encoding: 'utf8' })
    if (run.status !== 0) throw new Error(`no code cache for ${main}: ${run.error ?? run.stderr}`)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) cacheCode(process.argv[2] ?? '.')
