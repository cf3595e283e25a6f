// @ts-check
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { endsWithUs } from './scratch.mjs'

/**
 * A command line and what it starts with.
 * @typedef {object} Call
 * @property {string[]} line
 * @property {NodeJS.ProcessEnv} env The whole of its environment.
 * @property {string} cwd
 * @property {number} [exitCode] What it must end with; 0 where not given.
 */

/**
 * Runs a program to its end. Throws if it ends otherwise than it should.
 * @param {Call} call
 * @returns {Promise<{ started: bigint, ended: bigint, stdout: string, stderr: string }>} Times in nanoseconds
 *   of the monotonic clock, which is the same in all processes.
 */
export function runToEnd({ line, env, cwd, exitCode = 0 }, { keepsOutput = false } = {}) {
  const [program = '', ...args] = line
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint()
    const child = endsWithUs(
      spawn(program, args, { env, cwd, stdio: ['ignore', keepsOutput ? 'pipe' : 'ignore', 'pipe'] }),
    )
    let ended = started
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text))
    child.once('error', reject)
    child.once('exit', () => (ended = process.hrtime.bigint()))
    child.once('close', (code, signal) => {
      if (code === exitCode) return resolve({ started, ended, stdout, stderr })
      reject(new Error(`${line.join(' ')}: exit ${code ?? signal}, not ${exitCode}: ${stderr.trim()}`))
    })
  })
}

/**
 * Milliseconds from starting a program to its end.
 * @param {Call} call
 */
export async function timeOf(call) {
  const { started, ended } = await runToEnd(call)
  return Number(ended - started) / 1e6
}

const TIME = '/usr/bin/time'

/** Whether peak memory can be told here. */
export const canTellPeakMemory = existsSync(TIME)

/**
 * Milliseconds from starting a program to its end, and the bytes of memory that the largest of it and the
 * programs it calls has held at once; those are undefined where GNU time is not installed. What is short is timed
 * in runs of its own: time is one more process to start, which must not be in
 * the times. GNU time rather than anything of node: node does not tell the usage of a child, a look at
 * VmHWM in /proc from time to time misses the last moments, and what is counted inside a process would count
 * the counting. And a child of node begins with node's own peak, which Linux lets it keep; one of time
 * begins with the two megabytes of time.
 * @param {Call} call
 */
export async function peakMemoryOf({ line, ...call }) {
  if (!canTellPeakMemory) return { time: await timeOf({ line, ...call }), bytes: undefined }
  // -q: no words about exit codes other than 0, so that the figure is the last line.
  const { started, ended, stderr } = await runToEnd({ ...call, line: [TIME, '-q', '-f', '%M', ...line] })
  const bytes = Number(stderr.trim().split('\n').at(-1)) * 1024
  return { time: Number(ended - started) / 1e6, bytes }
}
