import type { Snapshot } from '../fs/snapshot'
import type { Header } from '../message/header'
import type { Copy } from './earlier-copy'
import type { Verification } from './verify'

/** Verifies the bytes of a message under the name of a file that holds them. */
export type Verifier = (path: string) => Promise<Verification>

/**
 * The name of an identical message that comes earlier or is done. `neighbours` are all names in the folder, where they
 * are known.
 */
export async function verifiedCopy(
  message: Snapshot,
  header: Header,
  neighbours: readonly string[] | undefined,
  verify: Verifier,
): Promise<string | undefined> {
  const { doneCopies, earlierCopies } = await import('./earlier-copy')
  // In this order: what is being finished lies in done/ before it leaves the inbox.
  return (
    (await firstVerified(earlierCopies(message, neighbours), verify)) ??
    (await firstVerified(doneCopies(message, header.get('CONVERSATION_ID') ?? ''), verify))
  )
}

/** A copy that would be rejected must not stand in the way of another one. */
async function firstVerified(copies: readonly Copy[], verify: Verifier): Promise<string | undefined> {
  for (const { name, path } of copies) {
    if (!('distrust' in (await verify(path)))) return name
  }
  return undefined
}
