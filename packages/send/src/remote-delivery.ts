import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { utcIso } from '@cac/core/clock'
import type { Context } from '@cac/core/context'
import { allWords, exec, type Result } from '@cac/core/exec'
import type { Interruption } from '@cac/core/interruption'
import { signatureName } from '@cac/core/message-file'
import { type Peer, sshTarget } from '@cac/core/peers'
import { claimRemoteName } from './remote-name'
import { backoffAfter, type FailedTry, waitSeconds } from './retry'

/** What is delivered to which peer, under the first free of which names. */
export interface RemoteDelivery {
  readonly peer: Peer
  /** As peers.toml has it: `~` is the peer's home (contract B10). */
  readonly inbox: string
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
  readonly names: readonly [string, ...string[]]
  /** Further tries for each of the two files. */
  readonly retries: number
  /** Throws to stop before the next step, and during every wait. */
  beforeStep(): void
}

/** The name the message got on the peer, or why it did not get there, try by try. */
export type RemoteOutcome =
  | { readonly sent: true; readonly name: string }
  | { readonly sent: false; readonly error: string; readonly tries: readonly FailedTry[] }

/** ssh gives up on a peer that does not answer or stops answering (B12); rsync's arguments stay the scripts'. */
const PATIENT_SSH =
  'ssh -o ConnectTimeout=10 -o BatchMode=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3'

/** Milliseconds that one file may take: a minute, and a second for each 20 KB. */
const timeLimit = (bytes: number) => 60_000 + bytes / 20

/** Why a try failed; `hopeless` where another one would be the same. */
interface Failure {
  readonly error: string
  readonly hopeless?: true
}

/** Pushes the signature and after it the message with rsync, each with retries and backoff. */
export async function deliverRemotely(
  delivery: RemoteDelivery,
  context: Context,
  interruption: Interruption,
): Promise<RemoteOutcome> {
  const { peer, inbox, names, signature, message } = delivery
  const folder = mkdtempSync(`${context.tempFolder}/cross-agent-send-`)
  const options = { env: { RSYNC_RSH: PATIENT_SSH, ...context.env }, interruption }
  let name: string | undefined

  const push = async (
    bytes: Uint8Array,
    nameFor: (message: string) => string,
  ): Promise<Failure | undefined> => {
    if (name === undefined) {
      const claim = await claimRemoteName(peer, inbox, names, signature !== undefined, options)
      interruption.check()
      if (claim.is === 'failed') return { error: claim.error }
      if (claim.is === 'no-project')
        return { error: `the project of ${inbox} is not on ${peer.host}`, hopeless: true }
      if (claim.is === 'claimed') name = claim.name
    }
    const used = name ?? names[0]
    const file = `${folder}/${nameFor(used)}`
    writeFileSync(file, bytes, { mode: 0o600 })
    const timeout = timeLimit(bytes.length)
    const result = await exec('rsync', ['-a', file, `${sshTarget(peer)}:${inbox}/`], { ...options, timeout })
    interruption.check()
    if (result.exitCode === 0) name = used
    return failureOf(result, timeout)
  }

  try {
    const steps = [() => push(message, (used) => used)]
    if (signature !== undefined) steps.unshift(() => push(signature, signatureName))
    for (const step of steps) {
      delivery.beforeStep()
      const tries = await tryRepeatedly(step, delivery, context)
      if (tries !== undefined)
        return { sent: false, error: tries.at(-1)?.error ?? 'no try was allowed', tries }
    }
    return { sent: true, name: name ?? names[0] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every try that failed, if none succeeded. */
async function tryRepeatedly(
  step: () => Promise<Failure | undefined>,
  { retries, beforeStep }: RemoteDelivery,
  context: Context,
): Promise<FailedTry[] | undefined> {
  const tries: FailedTry[] = []
  for (let attempt = 0; attempt <= retries; attempt++) {
    const last = tries.at(-1)
    if (last !== undefined) {
      beforeStep()
      const seconds = backoffAfter(attempt)
      context.err(`rsync attempt ${attempt} failed: ${last.error}; retrying in ${seconds}s`)
      await waitSeconds(seconds, beforeStep)
    }
    const failure = await step()
    if (failure === undefined) return undefined
    tries.push({ time: utcIso(context.now()), error: failure.error })
    if (failure.hopeless) {
      context.err(failure.error)
      return tries
    }
  }
  context.err(`rsync failed after ${retries + 1} attempts: ${tries.at(-1)?.error ?? ''}`)
  return tries
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
  return {
    error: `${allWords(result)}${result.stderr.trim() === '' ? (SILENT[result.exitCode ?? 0] ?? '') : ''}`,
  }
}
