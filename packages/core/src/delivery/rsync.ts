import { writeFileSync } from 'node:fs'
import { allWordsOfSsh } from '../peers/ssh'
import { type ExecOptions, exec, type Result } from '../programs/exec'
import type { Interruption } from '../programs/interruption'
import { RsyncTarget } from './rsync-target'
import type { PeerFile, PushFailure, RemoteDelivery } from './way'

/** ssh gives up if a peer does not answer or stops answering (B12); rsync's arguments stay the same as the scripts'. */
const PATIENT_SSH =
  'ssh -o ConnectTimeout=10 -o BatchMode=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o LogLevel=ERROR'

/** Printed for each transferred file. It contains no name, so no name can be misread. */
const TRANSFERRED = 'transferred'
const REPORT = `--out-format=${TRANSFERRED}`

/** Milliseconds that one file may take: a minute, and a second for each 20 KB. */
export const timeLimit = (bytes: number) => 60_000 + bytes / 20

/** What is known about the peer when rsync starts. */
export interface Line {
  /** The whole path of the inbox, if the peer reported it. */
  readonly folder: string | undefined
  /** The ssh command with these options, split at blanks; it shares the connection if there is one. */
  sharing(ssh: string): string
}

/** A folder other than the inbox to compare files in, and the time limit. */
interface Comparison {
  readonly folder?: string
  /** Milliseconds. */
  readonly timeout: number
}

/** Copies files from a private folder here to the inbox on a peer. */
export class Rsync {
  readonly #inbox: RsyncTarget
  readonly #line: Line
  readonly #folder: string
  readonly #limits: Pick<ExecOptions, 'env' | 'isHalted'> & { readonly interruption: Interruption }
  readonly #beforeStep: () => void
  /** The rsync there has succeeded under a name that no sender had claimed. */
  hasAnswered = false

  constructor(
    { peer, inbox, beforeStep }: RemoteDelivery,
    line: Line,
    folder: string,
    limits: Pick<ExecOptions, 'env' | 'isHalted'> & { readonly interruption: Interruption },
  ) {
    this.#inbox = new RsyncTarget(peer, inbox)
    this.#line = line
    this.#folder = folder
    this.#limits = limits
    this.#beforeStep = beforeStep
  }

  /** The inbox in the form passed to rsync. */
  get target(): string {
    return this.#inbox.text(this.#line.folder)
  }

  /** Whether a push that failed with these words is worth another try, because the inbox is now named differently. */
  changeTargetAfter({ error }: PushFailure): boolean {
    return this.#inbox.changeAfter(error)
  }

  /**
   * Pushes a file as the script does. The name is ours: an existing file there is from our own earlier try. Once
   * `until` is true, this stops waiting for the push.
   */
  async push(file: PeerFile, until?: Promise<boolean>): Promise<PushFailure | undefined> {
    const timeout = timeLimit(file.bytes.length)
    const further = until === undefined ? { timeout } : { timeout, until }
    return failureOf(await this.#run(['-a', this.#write(file), this.target], further), timeout)
  }

  /** Puts our file back, replacing any file with its name. */
  async restore(file: PeerFile): Promise<PushFailure | undefined> {
    const timeout = timeLimit(file.bytes.length)
    // Two signatures have one size, and may have the same second.
    const args = ['-a', '--ignore-times', this.#write(file), this.target]
    const failure = failureOf(await this.#run(args, { timeout }), timeout)
    this.stopIfEnded(failure)
    return failure
  }

  /**
   * Pushes a file to a peer that runs only rsync, so no name can be claimed. An existing file with the name stays
   * (contract B33): the result is `taken`, unless it is this same file, from an interrupted try.
   */
  async pushNew(file: PeerFile): Promise<'sent' | 'taken' | PushFailure> {
    const timeout = timeLimit(file.bytes.length)
    const path = this.#write(file)
    const args = ['-a', '--ignore-existing', REPORT, path, this.target]
    const pushed = await this.#run(args, { timeout })
    const failure = failureOf(pushed, timeout)
    if (failure !== undefined) return failure
    const found = hasTransferred(pushed) ? 'sent' : await this.#compare([path], this.target, timeout)
    this.hasAnswered ||= found === 'sent' || found === 'taken'
    return found
  }

  /** Whether the peer has these exact files: `taken` if one differs there or is missing. */
  compare(
    files: readonly PeerFile[],
    { folder, timeout }: Comparison,
  ): Promise<'sent' | 'taken' | PushFailure> {
    const paths = files.map((file) => this.#write(file))
    return this.#compare(paths, folder === undefined ? this.target : `${this.target}${folder}/`, timeout)
  }

  /** A file that arrived counts as sent, whatever happened meanwhile. A push that HALT ended does not. */
  stopIfEnded(failure: PushFailure | undefined): void {
    if (failure?.halted) this.#beforeStep()
    else this.#limits.interruption.check()
  }

  async #compare(
    paths: readonly string[],
    target: string,
    timeout: number,
  ): Promise<'sent' | 'taken' | PushFailure> {
    const compared = await this.#run(['--checksum', '--dry-run', REPORT, ...paths, target], { timeout })
    return failureOf(compared, timeout) ?? (hasTransferred(compared) ? 'taken' : 'sent')
  }

  #run(args: readonly string[], further: Pick<ExecOptions, 'timeout' | 'until'>): Promise<Result> {
    const ssh = { RSYNC_RSH: this.#line.sharing(PATIENT_SSH) }
    const env = { ...ssh, ...this.#limits.env, ...this.#inbox.env }
    return exec('rsync', args, { ...this.#limits, env, ...further })
  }

  #write({ name, bytes }: PeerFile): string {
    const path = `${this.#folder}/${name}`
    writeFileSync(path, bytes, { mode: 0o600 })
    return path
  }
}

function hasTransferred({ stdout }: Result): boolean {
  return stdout.split('\n').includes(TRANSFERRED)
}

/** Errors that rsync often omits, because it ends before the peer's words arrive. */
const SILENT: Record<number, string> = {
  11: ' (the peer could not write the file: is its disk full?)',
  12: ' (the connection broke)',
}

function failureOf(result: Result, timeout: number): PushFailure | undefined {
  if (result.exitCode === 0) return undefined
  if (result.failure === 'not-found') return { error: 'rsync not found; install rsync', hopeless: true }
  if (result.failure === 'timed-out')
    return { error: `rsync made no end within ${Math.round(timeout / 1000)} s` }
  if (result.failure === 'halted') return { error: 'ended by HALT', halted: true }
  const unsaid = result.stderr.trim() === '' ? SILENT[result.exitCode ?? 0] : undefined
  return { error: `${allWordsOfSsh(result)}${unsaid ?? ''}` }
}
