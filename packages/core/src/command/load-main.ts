import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { Script } from 'node:vm'

/** A hash of the code. The build sets it, and puts it into the name of the code cache. */
declare const CODE_ID: string

type Main = (require: NodeJS.Require, filename: string) => void

/** Only completion scripts call `COMMAND --completion-values KIND WORD [OTHER WORD…]` (contract C8). */
export const COMPLETION_VALUES = '--completion-values'

/** A larger code cache is not used. */
export const MOST_CACHE_BYTES = 512 * 1024

/**
 * Runs a command's code for its bin: the file NAME.main.js next to NAME.cjs. Uses the code cache if there is one for
 * this node (`scripts/cache-code.mjs` writes it in the build). Parsing and compiling take a third of the time that a
 * command adds to an empty node. V8 rejects an incomplete cache and a cache of another version, but accepts a cache of
 * other code with the same length. The id prevents that.
 *
 * If the code cannot be loaded, exits with `exitCodeIfBroken` and one line, not with node's 1.
 */
export function loadMain(exitCodeIfBroken: number): void {
  const path = __filename.slice(0, -'.cjs'.length)
  try {
    if (process.argv[2] === COMPLETION_VALUES) {
      // If somebody calls this by mistake, 0 would mean that a message was sent or may be acted on.
      process.exitCode = exitCodeIfBroken
      require(`${path.slice(0, path.lastIndexOf('/'))}/completion/values.cjs`)
      return
    }
    const filename = `${path}.main.js`
    const cachedData = readCodeCache(`${path}.${CODE_ID}.${process.version}-${process.arch}.cache`)
    const script = new Script(readFileSync(filename, 'utf8'), { filename, cachedData })
    const main = script.runInThisContext() as Main
    main(require, filename)
  } catch (error) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : error
    writeSync(2, `${name}: cannot be loaded: ${reason}; install it again\n`)
    process.exit(exitCodeIfBroken)
  }
}

/** Uses openSync and readSync, which every command calls already. A first `readFileSync` costs as much as the cache. */
function readCodeCache(file: string): Buffer | undefined {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    const buffer = Buffer.allocUnsafeSlow(MOST_CACHE_BYTES)
    return buffer.subarray(0, readSync(fd, buffer))
  } catch {
    // There is no cache for this node. The code runs without it.
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
