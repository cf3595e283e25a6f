import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { Script } from 'node:vm'

/** By what the name of a code cache tells whose it is: a hash of the code, put in by the build. */
declare const CODE_ID: string

type Main = (require: NodeJS.Require, filename: string) => void

/** `COMMAND --completion-values KIND WORD` is what the scripts of completion call, and nobody else (contract C8). */
export const COMPLETION_VALUES = '--completion-values'

/** A larger code cache is not used. */
export const MOST_CACHE_BYTES = 512 * 1024

/**
 * What a bin does: runs the command's code, the file NAME.main.js beside NAME.cjs, from its code cache where there
 * is one for this node (the build writes it, `scripts/cache-code.mjs`). To parse and compile the code is a third of
 * what a command adds to an empty node. V8 itself refuses the cache of another version and one that is not whole,
 * but would take that of other code of the same length: hence the id.
 *
 * Whatever cannot be loaded ends with `exitCodeIfBroken` and one line, not with node's 1.
 */
export function loadMain(exitCodeIfBroken: number): void {
  const path = __filename.slice(0, -'.cjs'.length)
  try {
    if (process.argv[2] === COMPLETION_VALUES) {
      // To those who did not mean it, 0 would say that a message was sent or may be acted on.
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
    // None for this node: the code runs without.
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
