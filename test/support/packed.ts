import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { hasCode } from '@cac/core/fs/system-error'
import { root } from '../../scripts/project.mjs'
import type { Home } from './home'
import { until } from './until'

/** In the run's folder: beside those of the test files (own-temp-folder.ts). */
export const PACKED = 'packed'

/**
 * The folder with the tarballs of what is built. Whichever test file of a run asks first makes it; the others wait.
 */
export async function packed(home: Home): Promise<string> {
  const folder = join(dirname(tmpdir()), PACKED)
  const end = (word: string) => join(folder, word)
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    await until(() => existsSync(end('made')) || existsSync(end('failed')), 'the tarballs are there')
    if (existsSync(end('failed'))) throw new Error('the tarballs could not be made: see the other test files')
    return folder
  }
  const made = await home.exec('node', [join(root, 'scripts/pack.mjs'), '--built', folder])
  writeFileSync(end(made.exitCode === 0 ? 'made' : 'failed'), '')
  if (made.exitCode !== 0) throw new Error(made.stderr)
  return folder
}
