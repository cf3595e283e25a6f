// @ts-check
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** @import { Target } from './types' */

/**
 * The first program of that name on the caller's PATH.
 * @param {string} name
 */
export function findProgram(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))
}

// To root every file is readable. Another user could not reach a checkout in root's own folders.
const WITHOUT_OVERRIDE = ['--bounding-set', '-dac_override,-dac_read_search']
const isRoot = process.getuid?.() === 0
const setpriv = isRoot ? findProgram('setpriv') : undefined

/** Can a command be made to obey the modes of files? Where CI runs the tests it must. */
export const CAN_FORBID =
  process.env.CI === 'true' ||
  !isRoot ||
  (setpriv !== undefined && spawnSync(setpriv, [...WITHOUT_OVERRIDE, '/bin/true']).status === 0)

/**
 * The same command, bound by the modes of files even where the tests run as root.
 * @param {Target} target
 * @returns {Target}
 */
export function boundByModes(target) {
  if (setpriv === undefined) return target
  return { program: setpriv, arguments: [...WITHOUT_OVERRIDE, target.program, ...target.arguments] }
}
