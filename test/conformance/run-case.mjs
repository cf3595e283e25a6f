// @ts-check
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { binOf } from '../../scripts/project.mjs'
import {
  hideGpgWords,
  makeNormaliser,
  nameSigners,
  normaliseCalls,
  stderrLines,
  stdoutLines,
} from './normalise.mjs'
import { boundByModes } from './programs.mjs'
import { runProgram } from './run-program.mjs'
import { runWatcher } from './run-watcher.mjs'
import { makeScratch } from './scratch.mjs'
import { changes, takeSnapshot } from './snapshot.mjs'
import { readCalls } from './stub.mjs'

/** @import { Case, FileState, Keyring, Outcome, RecordedOutcome, Target } from './types' */

/** Folder of the scripts that our bins replace, if the caller has them. */
export const REFERENCE = process.env.CROSS_AGENT_REFERENCE || undefined

/**
 * @param {string} command
 * @param {string} folder
 * @returns {Target}
 */
export function scriptTarget(command, folder) {
  const program = command === 'watch' ? '/bin/bash' : '/usr/bin/python3'
  return { program, arguments: [join(folder, `cross-agent-${command}`)] }
}

/**
 * @param {string} command
 * @returns {Target}
 */
export function binTarget(command) {
  return { program: process.execPath, arguments: [binOf(command)] }
}

/**
 * Runs a case in a home of its own.
 * @param {Case} testCase
 * @param {Target} target
 * @param {Keyring} [keyring]
 * @returns {Promise<Outcome>}
 */
export async function runCase(testCase, target, keyring) {
  const scratch = await makeScratch(testCase, keyring)
  try {
    const before = takeSnapshot(scratch.home)
    const start = Date.now()
    const { program, arguments: own } = testCase.unprivileged ? boundByModes(target) : target
    const argv = [...own, ...testCase.argv.map(scratch.fill)]
    const result =
      testCase.steps === undefined
        ? await runProgram(program, argv, {
            env: scratch.env,
            cwd: scratch.cwd,
            ...(testCase.stdin === undefined ? {} : { stdin: testCase.stdin }),
          })
        : await runWatcher({ program, arguments: argv }, testCase.steps, scratch)
    const normalise = makeNormaliser(scratch, { start, end: Date.now() })
    const stdout = normalise(String(result.stdout))
    const files = Object.entries(changes(before, takeSnapshot(scratch.home)))
      .map(
        ([path, state]) =>
          /** @type {[string, FileState]} */ ([normalise(path), normaliseState(state, normalise)]),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      exit: result.exit,
      stdout: stdoutLines(testCase.gpg ? hideGpgWords(stdout) : stdout),
      stderr: stderrLines(normalise(String(result.stderr))),
      files: await nameSigners(Object.fromEntries(files), testCase.gpg ? keyring : undefined),
      calls: normaliseCalls(readCalls(readFileSync(scratch.log, 'utf8')), normalise),
      leftovers: readdirSync(scratch.tmp).sort().map(normalise),
    }
  } finally {
    scratch.remove()
  }
}

/**
 * @param {FileState} state
 * @param {(text: string) => string} normalise
 * @returns {FileState}
 */
function normaliseState(state, normalise) {
  return {
    ...state,
    ...(state.text === undefined ? {} : { text: normalise(state.text) }),
    ...(state.link === undefined ? {} : { link: normalise(state.link) }),
  }
}

/**
 * Without its empty parts, as it is kept on disk.
 * @param {Outcome} outcome
 * @returns {RecordedOutcome}
 */
export function compact(outcome) {
  const parts = Object.entries(outcome).filter(
    ([, part]) => typeof part !== 'object' || Object.keys(part).length > 0,
  )
  return { exit: outcome.exit, ...Object.fromEntries(parts) }
}

/**
 * @param {RecordedOutcome} recorded
 * @returns {Outcome}
 */
export function expand(recorded) {
  return { stdout: [], stderr: [], files: {}, calls: [], leftovers: [], ...recorded }
}
