// @ts-check
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The top folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** @type {{ version: string, description: string, license: string, engines: Record<string, string> }} */
export const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

/** The names of the command packages: each folder of packages/ but the shared one. */
export const commands = readdirSync(`${root}/packages`)
  .filter((name) => name !== 'core')
  .sort()

/** @param {string} command */
export const binOf = (command) => `${root}/packages/${command}/bin/cross-agent-${command}.js`

/** @param {string} command */
export const bundleOf = (command) => `${root}/packages/${command}/dist/cross-agent-${command}.js`

/**
 * The file that a tarball installs as the command. Where the bin of the repository does nothing but load the
 * bundle, that is the bundle itself: to find and load one file more takes a fiftieth of a short run.
 * @param {string} command
 */
export function installedBin(command) {
  const bin = readFileSync(binOf(command), 'utf8')
  return /^#!.*\nrequire\('[^']*'\)\n$/.test(bin) ? bundleOf(command) : binOf(command)
}
