import { constants } from 'node:os'
import spawn from 'cross-spawn'
import { hasCode, reasonOf } from '../fs/system-error'
import { LINE_END, trim } from '../text/python-text'
import { escapeAll } from '../text/terminal'
import { MOST_OUTPUT, MOST_WORDS, Program, type ProgramOptions, type Result } from './program'

export type { Result }
export type ExecOptions = Omit<ProgramOptions, 'talks'>

/** Runs a program to its end. Never throws. */
export function exec(program: string, args: readonly string[], options: ExecOptions): Promise<Result> {
  return new Program(program, args, options).ended
}

/**
 * The same while nothing else goes on in this process: it spares the loading of streams, a fifth of the time
 * that a short command takes. A signal ends the process as it would at any time.
 */
export function execSync(program: string, args: readonly string[], { env, timeout }: ExecOptions): Result {
  const limits = {
    maxBuffer: MOST_OUTPUT,
    killSignal: 'SIGKILL',
    ...(timeout === undefined ? {} : { timeout }),
  } as const
  const { status, signal, stdout, stderr, error } = spawn.sync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env,
    ...limits,
  })
  const said = { stdout: stdout ?? '', stderr: stderr ?? '' }
  if (error === undefined || error === null) {
    return status === null
      ? { exitCode: undefined, ...said, failure: 'killed', detail: signal ?? '' }
      : { exitCode: status, ...said }
  }
  const failure = hasCode(error, 'ETIMEDOUT')
    ? 'timed-out'
    : hasCode(error, 'ENOENT')
      ? 'not-found'
      : 'not-started'
  const { code }: NodeJS.ErrnoException = error
  return { exitCode: undefined, ...said, failure, detail: code ?? reasonOf(error) }
}

/**
 * The last line a program wrote to standard error: why it failed, in its own words. Else its exit code, which
 * is minus the number of the signal that ended it. As it was said: who shows it to people escapes it, JSON stays
 * as the scripts have it (contract B44).
 */
export function lastWords(result: Result): string {
  const last = trim(wordsOf(result)).split(LINE_END).at(-1)
  return last === undefined || last === '' ? withoutWords(result) : last
}

/** All that is kept of what a program wrote to standard error, on one line and escaped (contract B41). */
export function allWords(result: Result): string {
  const lines = wordsOf(result)
    .split(LINE_END)
    .map(trim)
    .filter((line) => line !== '')
  return escapeAll(lines.length > 0 ? lines.join('; ') : withoutWords(result))
}

function wordsOf({ stderr, failure }: Result): string {
  return failure === 'not-started' ? '' : stderr.slice(-MOST_WORDS)
}

function withoutWords(result: Result): string {
  if (result.failure === 'not-started') return `the program could not be started (${result.detail ?? ''})`
  return `exit ${result.exitCode ?? signalCode(result)}`
}

function signalCode({ detail, failure }: Result): number | string {
  const signals: Record<string, number> = constants.signals
  const number = signals[detail ?? '']
  return number === undefined ? (detail ?? failure ?? 'unknown') : -number
}
