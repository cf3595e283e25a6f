import type { Context } from '@cac/core/context'
import { isFile, readRegularFile } from '@cac/core/files'
import { signatureName } from '@cac/core/message-file'
import { fileName } from '@cac/core/paths'
import { verifyBytes } from '@cac/core/signing'
import { distrustOf } from './trust'

/** Why the signature beside a message does not vouch for it; undefined if it does. */
export async function verifyMessage(
  path: string,
  conversation: string,
  context: Context,
): Promise<string | undefined> {
  const signature = signatureName(path)
  if (!isFile(signature)) return `signature file missing: ${fileName(signature)}`
  const verdict = await verifyBytes(readRegularFile(signature), readRegularFile(path), { env: context.env })
  if (!verdict.good) return `gpg verify failed: ${verdict.reason}`
  return distrustOf(verdict.signers, fileName(path), conversation, context.home)
}
