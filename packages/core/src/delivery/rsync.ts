import { allWordsOfSsh } from '../peers/ssh'
import { type ExecOptions, exec, type Result } from '../programs/exec'

/** Why a file did not get to the peer; `hopeless` where another try would end the same. */
export interface Failure {
  readonly error: string
  readonly hopeless?: true
  /** It was ended for the sake of HALT (contract B37). */
  readonly halted?: true
}

/** What became of a file that was pushed to a name which nobody had claimed. */
export type Pushed = { readonly is: 'sent' | 'taken' } | ({ readonly is: 'failed' } & Failure)

/** Milliseconds that one file may take: a minute, and a second for each 20 KB. */
export const timeLimit = (bytes: number) => 60_000 + bytes / 20

/** Pushes a file with rsync as the script does. The name is ours: what is there is an earlier try of our own. */
export async function pushFile(
  file: string,
  target: string,
  bytes: number,
  options: ExecOptions,
): Promise<Failure | undefined> {
  const timeout = timeLimit(bytes)
  return failureOf(await exec('rsync', ['-a', file, target], { ...options, timeout }), timeout)
}

/** Puts a file of ours back in place of whatever has its name. */
export async function restoreFile(
  file: string,
  target: string,
  bytes: number,
  options: ExecOptions,
): Promise<Failure | undefined> {
  const timeout = timeLimit(bytes)
  // Two signatures are of one size, and may be of one second.
  const args = ['-a', '--ignore-times', file, target]
  return failureOf(await exec('rsync', args, { ...options, timeout }), timeout)
}

/** A word for each file that is transferred: no name, so that nothing in one can be taken for another. */
const TRANSFERRED = 'transferred'
const REPORT = `--out-format=${TRANSFERRED}`

/**
 * Pushes a file to a peer that lets nobody claim a name, since it runs rsync and nothing else. What has the name
 * there stays as it is (contract B33): then it is `taken`, unless it is this very file, from a try that broke off.
 */
export async function pushNewFile(
  file: string,
  target: string,
  bytes: number,
  options: ExecOptions,
): Promise<Pushed> {
  const timeout = timeLimit(bytes)
  const args = ['-a', '--ignore-existing', REPORT, file, target]
  const pushed = await exec('rsync', args, { ...options, timeout })
  const failed = failureOf(pushed, timeout)
  if (failed !== undefined) return { is: 'failed', ...failed }
  if (hasTransferred(pushed)) return { is: 'sent' }
  return compareFiles([file], target, timeout, options)
}

/** Whether the peer has these very files: `taken` where one of them is another there, or none. `timeout` in ms. */
export async function compareFiles(
  files: readonly string[],
  target: string,
  timeout: number,
  options: ExecOptions,
): Promise<Pushed> {
  const args = ['--checksum', '--dry-run', REPORT, ...files, target]
  const compared = await exec('rsync', args, { ...options, timeout })
  const failed = failureOf(compared, timeout)
  if (failed !== undefined) return { is: 'failed', ...failed }
  return { is: hasTransferred(compared) ? 'taken' : 'sent' }
}

function hasTransferred({ stdout }: Result): boolean {
  return stdout.split('\n').includes(TRANSFERRED)
}

/** What rsync often leaves unsaid, since it ends before the words of the peer are through. */
const SILENT: Record<number, string> = {
  11: ' (the peer could not write the file: is its disk full?)',
  12: ' (the connection broke)',
}

function failureOf(result: Result, timeout: number): Failure | undefined {
  if (result.exitCode === 0) return undefined
  if (result.failure === 'not-found') return { error: 'rsync not found; install rsync', hopeless: true }
  if (result.failure === 'timed-out')
    return { error: `rsync made no end within ${Math.round(timeout / 1000)} s` }
  if (result.failure === 'halted') return { error: 'ended by HALT', halted: true }
  const unsaid = result.stderr.trim() === '' ? SILENT[result.exitCode ?? 0] : undefined
  return { error: `${allWordsOfSsh(result)}${unsaid ?? ''}` }
}
