import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PACKED } from './packed.ts'
import { USED_HOMES } from './used-homes.ts'

/** Characters. The path of a socket of gpg-agent, which lies in a home below it, may be 107 bytes long. */
const LONGEST_PARENT = 35

/** A home of tests that are all left out: it was made for them, and nobody used or removed it. */
function isUnused(path: string, used: ReadonlySet<string>): boolean {
  const [, , home = ''] = path.split('/')
  return home.startsWith('cac-') && !used.has(home)
}

/**
 * Gives the run a temporary folder of its own, with one folder for each test file in it (own-temp-folder.ts).
 * The run fails if a test leaves anything there, and names it.
 */
export default function setUp(): () => void {
  const parent = tmpdir().length <= LONGEST_PARENT ? tmpdir() : '/tmp'
  const folder = mkdtempSync(join(parent, 'cac-'))
  // Some tests run a command as another user.
  chmodSync(folder, 0o755)
  process.env.TMPDIR = folder
  const used = join(folder, 'used')
  mkdirSync(used)
  process.env[USED_HOMES] = used
  // Not in the function below, which is not called after Ctrl-C.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return () => {
    const depth = ['-mindepth', '2', '-maxdepth', '3']
    // npm on newer versions of node keeps its compiled code there for the next run.
    const ours = [
      '-not',
      '-path',
      './used/*',
      '-not',
      '-path',
      '*/node-compile-cache*',
      '-not',
      '-path',
      `./${PACKED}/*`,
    ]
    const { stdout } = spawnSync('find', ['.', ...depth, ...ours], { cwd: folder, encoding: 'utf8' })
    const names = new Set(readdirSync(used))
    const left = stdout.split('\n').filter((path) => path !== '' && !isUnused(path, names))
    if (left.length === 0) return
    console.error(`left in the temporary folders of test files:\n${left.join('\n')}`)
    process.exitCode = 1
  }
}
