import { writeFileSync } from 'node:fs'
import { allWordsOfSsh } from '../peers/ssh'
import { type ExecOptions, exec, type Result } from '../programs/exec'
import type { Interruption } from '../programs/interruption'
import { RsyncTarget } from './rsync-target'
import type { PeerFile, PushFailure, RemoteDelivery } from './way'

/** ssh gives up on a peer that does not answer or stops answering (B12); rsync's arguments stay the scripts'. */
const PATIENT_SSH =
  'ssh -o ConnectTimeout=10 -o BatchMode=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o LogLevel=ERROR'

/** A word for each file that is transferred: no name, so that nothing in one can be taken for another. */
const TRANSFERRED = 'transferred'
const REPORT = `--out-format=${TRANSFERRED}`

/** Milliseconds that one file may take: a minute, and a second for each 20 KB. */
export const timeLimit = (bytes: number) => 60_000 + bytes / 20

/** What is known of the peer when rsync is started. */
export interface Line {
  /** The whole path of the inbox, if the peer has told it. */
  readonly folder: string | undefined
  /** An ssh with these options, a command line that is split at blanks, shares the connection if there is one. */
  sharing(ssh: string): string
}

/** Where files are compared, but in the inbox, and how long that may take. */
interface Comparison {
  readonly folder?: string
  /** Milliseconds. */
  readonly timeout: number
}

/** Brings files to the inbox on a peer, from a private folder here. */
export class Rsync {
  readonly #inbox: RsyncTarget
  readonly #line: Line
  readonly #folder: string
  readonly #limits: Pick<ExecOptions, 'env' | 'isHalted'> & { readonly interruption: Interruption }
  readonly #beforeStep: () => void
  /** The rsync there has done what it was told, under a name that nobody had claimed. */
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

  /** The inbox as rsync is told of it. */
  get target(): string {
    return this.#inbox.text(this.#line.folder)
  }

  /** Whether a push that failed with these words is worth another try, since the inbox is named in another way now. */
  changeTargetAfter({ error }: PushFailure): boolean {
    return this.#inbox.changeAfter(error)
  }

  /**
   * Pushes a file as the script does. The name is ours: what is there is an earlier try of our own. Once `until` is
   * true, it is not waited for any more.
   */
  async push(file: PeerFile, until?: Promise<boolean>): Promise<PushFailure | undefined> {
    const timeout = timeLimit(file.bytes.length)
    const further = until === undefined ? { timeout } : { timeout, until }
    return failureOf(await this.#run(['-a', this.#write(file), this.target], further), timeout)
  }

  /** Puts a file of ours back in place of whatever has its name. */
  async restore(file: PeerFile): Promise<PushFailure | undefined> {
    const timeout = timeLimit(file.bytes.length)
    // Two signatures are of one size, and may be of one second.
    const args = ['-a', '--ignore-times', this.#write(file), this.target]
    const failure = failureOf(await this.#run(args, { timeout }), timeout)
    this.stopIfEnded(failure)
    return failure
  }

  /**
   * Pushes a file to a peer that lets nobody claim a name, since it runs rsync and nothing else. What has the name
   * there stays as it is (contract B33): then it is `taken`, unless it is this very file, from a try that broke off.
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

  /** Whether the peer has these very files: `taken` where one of them is another there, or none. */
  compare(
    files: readonly PeerFile[],
    { folder, timeout }: Comparison,
  ): Promise<'sent' | 'taken' | PushFailure> {
    const paths = files.map((file) => this.#write(file))
    return this.#compare(paths, folder === undefined ? this.target : `${this.target}${folder}/`, timeout)
  }

  /** What has arrived is sent, whatever came meanwhile; what HALT ended is not. */
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

/** What rsync often leaves unsaid, since it ends before the words of the peer are through. */
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
