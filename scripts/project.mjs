// @ts-check
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The top folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {string} description
 * @property {string} license
 * @property {string[]} keywords
 * @property {unknown} [repository]
 * @property {Record<string, string>} engines
 */

/** @type {Manifest} */
export const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

/** The names of the command packages: each folder of packages/ but the shared one. */
export const commands = readdirSync(`${root}/packages`)
  .filter((name) => name !== 'core')
  .sort()

/**
 * The file that is the command, built here and installed by a tarball. Named `.cjs`, so that node need not ask
 * package.json what it is.
 * @param {string} command
 */
export const binOf = (command) => `${root}/packages/${command}/dist/cross-agent-${command}.cjs`

/**
 * The command's code, run by the file before. What few runs need lies in NAME.parts beside it.
 * @param {string} command
 */
export const mainOf = (command) => binOf(command).replace(/cjs$/, 'main.js')
