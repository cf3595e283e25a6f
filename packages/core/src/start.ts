import { readFileSync, writeSync } from 'node:fs'
import { Script } from 'node:vm'

type Main = (require: NodeJS.Require, filename: string) => void

/**
 * What a bin does: runs the command's code, the file NAME.main.js beside NAME.js, from its code cache where
 * there is one for this node (`scripts/cache-code.mjs` writes it when the package is installed). Reading and
 * compiling the code is half of what a command adds to an empty node.
 *
 * V8 itself refuses a cache of another version or of code of another length, but looks at nothing else, and a
 * damaged one crashes it: hence each cache holds the same bytes twice.
 *
 * Whatever cannot be loaded ends with `exitCodeIfBroken` and one line, not with node's 1.
 */
export function start(exitCodeIfBroken: number): void {
  const path = __filename.slice(0, -'.js'.length)
  try {
    const filename = `${path}.main.js`
    const cachedData = readCodeCache(`${path}.${process.version}-${process.arch}.cache`)
    // The build sees to it that the code is ASCII, which needs no decoding.
    const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData })
    const main = script.runInThisContext() as Main
    main(require, filename)
  } catch (error) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : error
    writeSync(2, `${name}: cannot be loaded: ${reason}; install it again\n`)
    process.exit(exitCodeIfBroken)
  }
}

function readCodeCache(file: string): Buffer | undefined {
  try {
    const twice = readFileSync(file)
    const once = twice.subarray(0, twice.length / 2)
    return once.equals(twice.subarray(once.length)) ? once : undefined
  } catch {
    // None for this node: the code runs without.
    return undefined
  }
}
