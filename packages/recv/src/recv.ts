import type { Context } from '@cac/core/context'
import { CommandError, osErrorText } from '@cac/core/errors'
import { decodeUtf8, isFile } from '@cac/core/files'
import { HALT_EXIT, haltMessage, readHalt } from '@cac/core/halt'
import { type Header, readHeader } from '@cac/core/header'
import type { Values } from '@cac/core/options'
import { tidyPath } from '@cac/core/paths'
import { headerProblem } from '@cac/core/protocol'
import { hintForUndecodable } from '@cac/core/raw-name'
import { isUnchanged, type Snapshot, takeSnapshot } from '@cac/core/snapshot'
import { type Decision, EXIT_CODES, renderDecision } from './decision'
import type { recvTable } from './options'

type Options = Values<typeof recvTable>['options']

/** Decides on one message and prints the decision; its exit code is the decision's. */
export async function recv(
  { options, positionals }: Values<typeof recvTable>,
  context: Context,
): Promise<number> {
  const halt = readHalt(context.home)
  if (halt !== undefined) {
    const message = haltMessage('halt active; leaving inbound message in place (resume will pick up)', halt)
    throw new CommandError(message, HALT_EXIT)
  }
  const path = tidyPath(positionals.message_file)
  if (!isFile(path)) {
    throw new CommandError(`message file not found: ${path}`, EXIT_CODES.reject, hintForUndecodable(path))
  }

  let header: Header = new Map()
  let decision: Decision
  try {
    const message = takeSnapshot(path)
    const text = decodeUtf8(message.bytes)
    if (text === undefined) {
      decision = reject('cannot read: not UTF-8 text')
    } else {
      header = readHeader(text, true).header
      decision = await decide(message, header, options, context)
      if (!isUnchanged(message)) decision = reject('the file changed while it was being read')
    }
  } catch (error) {
    // Exit 1 means dedup: a failure of ours must never look like it (contract B2).
    decision = reject(`cannot read: ${osErrorText(error, path)}`)
  }
  context.out(renderDecision(decision, header, { json: options.json, compact: options['compact-json'] }))
  return EXIT_CODES[decision.decision]
}

async function sha256Of(bytes: Buffer): Promise<string> {
  const crypto = await import('node:crypto')
  // At one go, which no node before 20.12 can: it spares the making of a stream.
  return crypto.hash === undefined
    ? crypto.createHash('sha256').update(bytes).digest('hex')
    : crypto.hash('sha256', bytes)
}

const reject = (reason: string): Decision => ({ decision: 'reject', reason })

/** The checks in the protocol's order: header, type, version, signature, dedup, tools. */
async function decide(
  message: Snapshot,
  header: Header,
  options: Options,
  context: Context,
): Promise<Decision> {
  const problem = headerProblem(header)
  if (problem !== undefined) return reject(problem)
  const version = header.get('PROTOCOL_VERSION') ?? ''
  const expected = options['protocol-version']
  if (version !== expected) {
    return { decision: 'query', reason: `PROTOCOL_VERSION mismatch: expected ${expected}, got ${version}` }
  }
  const verify = options['no-verify'] ? undefined : (await import('./verify')).verifyMessage
  const conversation = header.get('CONVERSATION_ID') ?? ''
  // Hashed while gpg is at work: to load what hashes takes about as long as gpg does.
  const [distrust, sha256] = await Promise.all([
    verify?.(message.path, conversation, context),
    sha256Of(message.bytes),
  ])
  if (distrust !== undefined) return reject(distrust)
  if (!options['no-dedup']) {
    const { earlierCopies } = await import('./earlier-copy')
    for (const copy of earlierCopies(message)) {
      // An earlier copy that will be rejected must not stand in the way of this one.
      if ((await verify?.(copy.path, conversation, context)) === undefined) {
        return { decision: 'dedup', reason: `identical retry of ${copy.name}`, sha256 }
      }
    }
  }
  const { missingTools } = await import('./required-tools')
  const missing = missingTools(header.get('REQUIRES_TOOLS') ?? '', context.env.PATH)
  if (missing.length > 0) {
    return { decision: 'query', reason: `required tools unavailable: ${missing.join(', ')}`, sha256 }
  }
  return { decision: 'process', sha256 }
}
