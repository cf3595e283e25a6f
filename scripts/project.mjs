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

/**
 * The file that a tarball installs as the command: the bin of the repository does nothing but load it. Named
 * `.cjs`, so that node need not ask package.json what it is.
 * @param {string} command
 */
export const builtOf = (command) => `${root}/packages/${command}/dist/cross-agent-${command}.cjs`

/**
 * The command's code with everything inside, run by the file before.
 * @param {string} command
 */
export const mainOf = (command) => `${root}/packages/${command}/dist/cross-agent-${command}.main.js`
