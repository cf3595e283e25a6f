import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Characters. The path of a socket of gpg-agent, which lies in a home below it, may be 107 bytes long. */
const LONGEST_PARENT = 35

/**
 * Gives the run a temporary folder of its own, with one folder for each test file in it (own-temp-folder.ts).
 * The run fails if a test leaves anything there, and names it.
 */
export default function setUp(): () => void {
  const parent = tmpdir().length <= LONGEST_PARENT ? tmpdir() : '/tmp'
  const folder = mkdtempSync(join(parent, 'cac-'))
  process.env.TMPDIR = folder
  return () => {
    const left = readdirSync(folder).flatMap((file) =>
      readdirSync(join(folder, file)).map((name) => describeLeft(folder, file, name)),
    )
    rmSync(folder, { recursive: true, force: true })
    if (left.length === 0) return
    console.error(`left in the temporary folder by test files:\n${left.join('\n')}`)
    process.exitCode = 1
  }
}

/** A line with the test file, what it has left, and some of what is in there. */
function describeLeft(folder: string, file: string, name: string): string {
  try {
    return `  ${file}: ${name}/ with ${
      readdirSync(join(folder, file, name))
        .slice(0, 10)
        .join(', ') || 'nothing'
    }`
  } catch {
    return `  ${file}: ${name}`
  }
}
