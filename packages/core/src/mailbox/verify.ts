import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { isTooLarge } from '../fs/files'
import { fileName } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import { hasCode, osErrorText } from '../fs/system-error'
import { nameBefore } from '../message/done-name'
import { signatureName } from '../message/message-name'
import { type Signer, verifyBytes } from '../message/signing'
import { distrustOf } from './trust'

/** Bytes of the largest signature that can be read (contract B32): 64 KB. */
export const LARGEST_SIGNATURE = 64 * 1024

/** Tells a waiting user the reason (contract B75). */
export const GPG_IS_SLOW = 'waiting for gpg to verify the signature'

/** The claim to verify: a message's bytes, under the name of a file that holds them. */
export interface Claim {
  readonly path: string
  readonly bytes: Buffer
  readonly conversation: string
  /** The message's own FROM, if any (contract C11). */
  readonly from?: string | undefined
}

/** Who vouches for these bytes, or why nobody does. */
export type Verification = { readonly signers: readonly Signer[] } | Distrust

/** Verifies the bytes of one message under the name of a file that holds them. */
export type Verifier = (path: string) => Promise<Verification>

export interface Distrust {
  readonly distrust: string
  /** gpg could not judge: this says nothing about the message (contract B56). */
  readonly cannotJudge?: true
}

/**
 * Whether the signature beside a message vouches for these bytes. Throws Failure (exit 5) if the brake is set
 * meanwhile. Calls `onSlow` once gpg has taken two seconds.
 */
export async function verifyClaim(
  { path, bytes, conversation, from }: Claim,
  context: Context,
  brake: Brake,
  onSlow?: () => void,
): Promise<Verification> {
  const signature = readSignature(signatureName(path))
  if (typeof signature === 'string') return { distrust: signature }
  const options = { env: context.env, isHalted: brake.isSet }
  const verdict = await verifyBytes(signature, bytes, onSlow === undefined ? options : { ...options, onSlow })
  if (!verdict.good) {
    // If the brake ended gpg, that says nothing about the signature.
    brake.check()
    const distrust = `gpg verify failed: ${verdict.reason}`
    return verdict.cannotJudge ? { distrust, cannotJudge: true } : { distrust }
  }
  const { signers } = verdict
  const provenance = { name: nameBefore(path, conversation), conversation, from }
  const distrust = await distrustOf(signers, provenance, context.paths)
  return distrust === undefined ? { signers } : { distrust }
}

/** Why the signature beside a message does not vouch for these bytes; undefined if it does. As `verifyClaim`. */
export async function verifyMessage(
  claim: Claim,
  context: Context,
  brake: Brake,
): Promise<string | undefined> {
  const found = await verifyClaim(claim, context, brake, () => context.err(GPG_IS_SLOW))
  return 'distrust' in found ? found.distrust : undefined
}

/** The signature, or why there is none. */
function readSignature(path: string): Buffer | string {
  try {
    return takeSnapshot(path, LARGEST_SIGNATURE).bytes
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENOTFILE'))
      return `signature file missing: ${fileName(path)}`
    if (isTooLarge(error)) return `signature file is larger than 64 KB: ${fileName(path)}`
    return `cannot read: ${osErrorText(error, path)}`
  }
}
