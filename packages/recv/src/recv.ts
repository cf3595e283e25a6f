import { isUtf8 } from 'node:buffer'
import { type Brake, makeBrake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import type { Values } from '@cac/core/command/table'
import { isFile, isTooLarge } from '@cac/core/fs/files'
import { tidyPath } from '@cac/core/fs/paths'
import { isUnchanged, type Snapshot, takeSnapshot } from '@cac/core/fs/snapshot'
import { osErrorText } from '@cac/core/fs/system-error'
import type { Header } from '@cac/core/message/header'
import { headerOfMessage } from '@cac/core/message/message-head'
import { headerProblem } from '@cac/core/message/protocol'
import { hintForUndecodable } from '@cac/core/text/raw-name'
import { type Decision, EXIT_CODES, renderDecision } from './decision'
import type { recvTable } from './options'

type Options = Values<typeof recvTable>['options']

/** Decides on one message and prints the decision; its exit code is the decision's. */
export async function recv(
  { options, positionals }: Values<typeof recvTable>,
  context: Context,
): Promise<number> {
  const brake = makeBrake(context.paths)
  brake.check()
  const path = tidyPath(positionals.message_file)
  if (!isFile(path)) {
    throw new Failure('message-missing', { path, hint: hintForUndecodable(path) })
  }
  const { decision, header } = await decideOnFile(path, options, context, brake)
  brake.check()
  context.out(renderDecision(decision, header, { json: options.json, compact: options['compact-json'] }))
  return EXIT_CODES[decision.decision]
}

interface Finding {
  readonly decision: Decision
  /** As far as it was read. */
  readonly header: Header
}

async function decideOnFile(
  path: string,
  options: Options,
  context: Context,
  brake: Brake,
): Promise<Finding> {
  let header: Header = new Map()
  try {
    const message = takeSnapshot(path)
    if (!isUtf8(message.bytes)) return { decision: reject('cannot read: not UTF-8 text'), header }
    const found = headerOfMessage(message.bytes)
    if (found === undefined) return { decision: reject('the header does not end within 64 KB'), header }
    header = found
    const decision = await decide(message, header, options, context, brake)
    return {
      decision: isUnchanged(message) ? decision : reject('the file changed while it was being read'),
      header,
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    if (isTooLarge(error)) return { decision: reject('the message is larger than 100 MB'), header }
    // Exit 1 means dedup: a failure of ours must never look like it (contract B2).
    return { decision: reject(`cannot read: ${osErrorText(error, path)}`), header }
  }
}

/** gpg waits for the end of its input, which goes out only when nothing else is to be done. */
function inputGone(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
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
  brake: Brake,
): Promise<Decision> {
  const problem = headerProblem(header)
  if (problem !== undefined) return reject(problem)
  const version = header.get('PROTOCOL_VERSION') ?? ''
  const expected = options['protocol-version']
  if (version !== expected) {
    return { decision: 'query', reason: `PROTOCOL_VERSION mismatch: expected ${expected}, got ${version}` }
  }
  const { bytes } = message
  const conversation = header.get('CONVERSATION_ID') ?? ''
  const verify = options['no-verify'] ? undefined : (await import('@cac/core/inbox/verify')).verifyMessage
  const distrustAt = (path: string) => verify?.({ path, bytes, conversation }, context, brake)
  // Hashed while gpg is at work: to load what hashes takes about as long as gpg does.
  const [distrust, sha256] = await Promise.all([
    distrustAt(message.path),
    verify === undefined ? sha256Of(bytes) : inputGone().then(() => sha256Of(bytes)),
  ])
  if (distrust !== undefined) return reject(distrust)
  if (!options['no-dedup']) {
    const { earlierCopies } = await import('@cac/core/inbox/earlier-copy')
    for (const copy of earlierCopies(message)) {
      // An earlier copy that will be rejected must not stand in the way of this one.
      if ((await distrustAt(copy.path)) === undefined) {
        return { decision: 'dedup', reason: `identical retry of ${copy.name}`, sha256 }
      }
    }
  }
  const { missingTools } = await import('@cac/core/inbox/required-tools')
  const missing = missingTools(header.get('REQUIRES_TOOLS') ?? '', context.env.PATH)
  if (missing.length > 0) {
    return { decision: 'query', reason: `required tools unavailable: ${missing.join(', ')}`, sha256 }
  }
  return { decision: 'process', sha256 }
}
