import { DONE_FOLDER } from '../message/done-name'
import type { ExecOptions } from '../programs/exec'
import type { Found } from './claim'
import { compareFiles, timeLimit } from './rsync'

/** Where the message goes, and how it is compared with what lies there. */
interface Comparison {
  /** The inbox, for rsync: ends with a slash. */
  readonly target: string
  /** Length of the message. */
  readonly bytes: number
  readonly options: ExecOptions
}

/**
 * Of what has a name of ours on the peer: the message that is ours by all its bytes, in the inbox or in done/; else
 * the signature that waits for it (contract C2). `fileNamed` writes the message to a file of that name here. A peer that
 * lists what is not ours takes no more time than one file may (B72).
 */
export async function findOwn(
  found: readonly Found[],
  fileNamed: (name: string) => string,
  { target, bytes, options }: Comparison,
): Promise<Found | { readonly error: string } | undefined> {
  const end = performance.now() + timeLimit(bytes)
  for (const own of found) {
    if (own.where === 'nowhere') continue
    const timeout = end - performance.now()
    if (timeout <= 0) return { error: 'it lists so much that looking takes too long' }
    const folder = own.where === 'done' ? `${target}${DONE_FOLDER}/` : target
    const compared = await compareFiles([fileNamed(own.name)], folder, timeout, options)
    if (compared.is === 'sent') return own
    if (compared.is === 'failed') return { error: compared.error }
  }
  return found.find(({ where }) => where === 'nowhere')
}
