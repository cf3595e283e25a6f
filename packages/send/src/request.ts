import type { Values } from '@cac/core/command/table'
import type { Wanted } from '@cac/core/delivery/draft'
import type { Source } from '@cac/core/delivery/source'
import { givenPath } from '@cac/core/fs/given-path'
import type { sendTable } from './options'

/** What the command line asks for. */
export interface Request {
  /** Undefined in an answer to whoever sent the message. */
  readonly destination: string | undefined
  readonly source: Source
  /** The path of the message that is answered. */
  readonly replyTo: string | undefined
  /** What is said of a header that is to be made; undefined where none is asked for. */
  readonly wanted: Wanted | undefined
}

/** Sorts out what the words of the command line are. The table's rules hold. */
export function requestOf({ options, positionals }: Values<typeof sendTable>): Request {
  const { message, title, type, conversation } = options
  const replyTo = options['reply-to']
  const isComposed = [message, title, type, conversation, replyTo].some((value) => value !== undefined)
  const shared = { replyTo, wanted: isComposed ? { title, type, conversation } : undefined }
  const { destination, message_file: second } = positionals
  if (message !== undefined) return { ...shared, destination, source: { is: 'text', text: message } }
  // Without -m the last word is the message; in an answer the destination may be left out before it.
  const [before, file] = second === undefined ? [undefined, destination] : [destination, second]
  return { ...shared, destination: before, source: sourceOf(file ?? '') }
}

/** A file of that name is `./-` (contract C3). */
function sourceOf(word: string): Source {
  return word === '-' ? { is: 'standard-input' } : { is: 'file', path: givenPath(word) }
}
