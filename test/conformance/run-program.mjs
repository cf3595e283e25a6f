// @ts-check
import { spawn } from 'node:child_process'

/**
 * @typedef {{ exit: number | string, stdout: Buffer, stderr: Buffer }} ProgramResult
 * @typedef {{ env: Record<string, string>, cwd?: string, stdin?: string }} ProgramOptions
 */

/** For what hangs: the commands' own limits are shorter, on the busiest machine too. */
const TIME_LIMIT_MS = 120_000

/**
 * @param {string} program
 * @param {readonly string[]} argv
 * @param {ProgramOptions} options
 * @returns {Promise<ProgramResult>}
 */
export function runProgram(program, argv, { env, cwd, stdin }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: TIME_LIMIT_MS,
      killSignal: 'SIGKILL',
    })
    /** @type {Buffer[]} */
    const stdout = []
    /** @type {Buffer[]} */
    const stderr = []
    child.stdout?.on('data', (/** @type {Buffer} */ chunk) => stdout.push(chunk))
    child.stderr?.on('data', (/** @type {Buffer} */ chunk) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({
        exit: code ?? signal ?? 'unknown',
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr),
      })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(stdin)
  })
}
