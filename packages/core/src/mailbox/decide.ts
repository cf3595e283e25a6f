import { isUtf8 } from 'node:buffer'
import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { isTooLarge } from '../fs/files'
import { isUnchanged, type Snapshot, takeSnapshot } from '../fs/snapshot'
import { osErrorText } from '../fs/system-error'
import type { Header } from '../message/header'
import { headerOfMessage } from '../message/message-head'
import { headerProblem } from '../message/protocol'
import type { Signer } from '../message/signing'
import { hidesFirstField } from '../text/byte-order-mark'
import { trim } from '../text/python-text'
import type { Verifier } from './verify'

/** What to do with a message, and why (no reason if it is to be processed). */
export interface Decision {
  readonly decision: 'process' | 'dedup' | 'query' | 'reject'
  readonly reason?: string
  /** Hexadecimal; absent if the decision came before the hash was needed. */
  readonly sha256?: string
  /** Rejected because gpg could not judge, which says nothing about the message (contract B56). */
  readonly cannotJudge?: true
}

/** The checks to make: only tests omit `verifies` or `findsCopies`. */
export interface Scrutiny {
  readonly verifies: boolean
  readonly findsCopies: boolean
  readonly protocolVersion: string
  /** Whether a user waits for the decision; standard error then reports a long wait (contract B75). */
  readonly isAwaited?: boolean
}

/** The message to decide on. */
export interface Chosen {
  readonly path: string
  /** All names in its folder, if they have just been read. */
  readonly neighbours?: readonly string[]
}

/** A decision and its basis, as far as that was read. */
export interface Finding {
  readonly decision: Decision
  readonly header: Header
  readonly bytes: Buffer | undefined
  /** The signers whose good signatures vouch for the bytes; empty if none was looked for or found. */
  readonly signers: readonly Signer[]
}

/** Decides on a file. Throws Failure under HALT; any other error is a rejection (contract B2). */
export async function decideOnFile(
  { path, neighbours }: Chosen,
  scrutiny: Scrutiny,
  context: Context,
  brake: Brake,
): Promise<Finding> {
  let found: Omit<Finding, 'decision'> = { header: new Map(), bytes: undefined, signers: [] }
  try {
    const message = takeSnapshot(path)
    if (!isUtf8(message.bytes)) return { ...found, decision: reject('cannot read: not UTF-8 text') }
    const header = headerOfMessage(message.bytes)
    if (header === undefined) return { ...found, decision: reject('the header does not end within 64 KB') }
    found = { header, bytes: message.bytes, signers: [] }
    const { decision, signers } = await decide({ message, header, neighbours }, scrutiny, context, brake)
    return isUnchanged(message)
      ? { ...found, decision, signers: signers ?? [] }
      : { ...found, decision: reject('the file changed while it was being read') }
  } catch (error) {
    if (error instanceof Failure) throw error
    if (isTooLarge(error)) return { ...found, decision: reject('the message is larger than 100 MB') }
    // Exit 1 means dedup: our own failure must never look like it (contract B2).
    return { ...found, decision: reject(`cannot read: ${osErrorText(error, path)}`) }
  }
}

/** gpg waits for the end of its input, which is sent only when no other work is pending. */
function inputGone(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

async function sha256Of(bytes: Buffer): Promise<string> {
  const crypto = await import('node:crypto')
  // A single call, available from node 20.12: it saves creating a stream.
  return crypto.hash === undefined
    ? crypto.createHash('sha256').update(bytes).digest('hex')
    : crypto.hash('sha256', bytes)
}

const HIDDEN_FIELD = 'a byte order mark hides the first field of the header'

const reject = (reason: string): Decision => ({ decision: 'reject', reason })

/** The case to decide on. */
interface Case {
  readonly message: Snapshot
  readonly header: Header
  readonly neighbours: readonly string[] | undefined
}

type Decided = Pick<Finding, 'decision'> & Partial<Pick<Finding, 'signers'>>

/** The checks in the protocol's order: header, type, version, signature, recipient, dedup, tools. */
async function decide(
  { message, header, neighbours }: Case,
  scrutiny: Scrutiny,
  context: Context,
  brake: Brake,
): Promise<Decided> {
  const problem = headerProblem(header)
  if (problem !== undefined) return { decision: reject(problem) }
  // The hidden field could state what the message needs.
  if (hidesFirstField(message.bytes)) return { decision: reject(HIDDEN_FIELD) }
  const version = header.get('PROTOCOL_VERSION') ?? ''
  const expected = scrutiny.protocolVersion
  if (version !== expected) {
    const reason = `PROTOCOL_VERSION mismatch: expected ${expected}, got ${version}`
    return { decision: { decision: 'query', reason } }
  }
  const { bytes, path } = message
  const verify = await verifierOf(message, header, scrutiny, context, brake)
  // Hashes while gpg works: loading the hash code takes about as long as gpg.
  const [verified, sha256] = await Promise.all([
    verify(path),
    scrutiny.verifies ? inputGone().then(() => sha256Of(bytes)) : sha256Of(bytes),
  ])
  if ('distrust' in verified) {
    const rejection = reject(verified.distrust)
    return { decision: verified.cannotJudge ? { ...rejection, cannotJudge: true } : rejection }
  }
  const { signers } = verified
  const stray = await strayReasonOf(path, header, context)
  if (stray !== undefined) return { decision: reject(stray), signers }
  const copy = scrutiny.findsCopies
    ? await (await import('./earlier-copy')).verifiedCopy(message, header, neighbours, verify)
    : undefined
  if (copy !== undefined) {
    return { decision: { decision: 'dedup', reason: `identical retry of ${copy}`, sha256 }, signers }
  }
  const missing = await missingTools(header.get('REQUIRES_TOOLS') ?? '', context.env.PATH)
  if (missing.length > 0) {
    const reason = `required tools unavailable: ${missing.join(', ')}`
    return { decision: { decision: 'query', reason, sha256 }, signers }
  }
  return { decision: { decision: 'process', sha256 }, signers }
}

async function strayReasonOf(path: string, header: Header, context: Context): Promise<string | undefined> {
  const to = header.get('TO')
  if (to === undefined) return undefined
  const { strayReason } = await import('../project/recipient')
  return strayReason(path, { to, from: header.get('FROM') }, context)
}

/** The tools in a comma-separated list that are not executables on PATH. */
async function missingTools(list: string, path: string | undefined): Promise<string[]> {
  const tools = list
    .split(',')
    .map(trim)
    .filter((tool) => tool !== '')
  if (tools.length === 0) return []
  const { findProgram } = await import('../programs/find-program')
  return tools.filter((tool) => findProgram(tool, path) === undefined)
}

/** Verifies these bytes under the name of a file that holds them. */
async function verifierOf(
  { bytes }: Snapshot,
  header: Header,
  scrutiny: Scrutiny,
  context: Context,
  brake: Brake,
): Promise<Verifier> {
  if (!scrutiny.verifies) return () => Promise.resolve({ signers: [] })
  const { GPG_IS_SLOW, verifyClaim } = await import('./verify')
  const onSlow = scrutiny.isAwaited ? () => context.err(GPG_IS_SLOW) : undefined
  const claim = { bytes, conversation: header.get('CONVERSATION_ID') ?? '', from: header.get('FROM') }
  return (path) => verifyClaim({ ...claim, path }, context, brake, onSlow)
}
