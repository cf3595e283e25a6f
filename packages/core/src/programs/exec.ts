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
 * The same, but blocks this process. It avoids loading streams, which take a fifth of a short command's time. A signal
 * ends the process as usual.
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
 * The last line that a program wrote to standard error, which says why it failed. If there is none, its exit code; a
 * program that a signal ended has minus the number of that signal. Not escaped: the code that shows it to people does
 * that, and JSON stays as the scripts have it (contract B44).
 */
export function lastWords(result: Result): string {
  const last = trim(wordsOf(result)).split(LINE_END).at(-1)
  return last === undefined || last === '' ? withoutWords(result) : last
}

/** The kept part of a program's standard error, on one line and escaped (contract B41). */
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
