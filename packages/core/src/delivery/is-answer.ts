import { fileName } from '../fs/paths'
import { projectInAddress } from '../message/address'
import type { Header } from '../message/header'
import { senderInName } from '../message/message-name'
import type { Destination } from './destination'
import { type Neighbours, replyDestination } from './reply'

/** A message that awaits its answer. */
export interface Asked {
  readonly conversation: string
  readonly destination: Destination
  /** The name that it got in the receiver's inbox. */
  readonly name: string
}

/**
 * How a message answers ours (contract C28): it names ours, or it is of our conversation and comes from the project that
 * ours went to. Undefined: it does not. The header is as good as whoever vouches for it.
 */
export function answers(
  asked: Asked,
  path: string,
  header: Header,
  neighbours: Neighbours,
): 'by-name' | 'in-turn' | undefined {
  if (header.get('IN_REPLY_TO') === asked.name) return 'by-name'
  const { conversation, destination } = asked
  if (header.get('CONVERSATION_ID') !== conversation) return undefined
  return isFrom(destination, path, header, neighbours) ? 'in-turn' : undefined
}

/**
 * Whether a message comes from a project: an answer to it would go there. If this machine cannot tell where its FROM is,
 * as with peers that are known by an address, the project's name decides. Without FROM, the sender in the file name does.
 */
function isFrom(
  { project, peer }: Destination,
  path: string,
  header: Header,
  neighbours: Neighbours,
): boolean {
  const from = header.get('FROM')
  if (!from) return senderInName(fileName(path), header.get('CONVERSATION_ID') ?? '') === project
  if (projectInAddress(from) !== project) return false
  const sender = replyDestination({ header, fileName: fileName(path) }, true, neighbours)
  return sender.is === 'unknown' || sender.peer === peer?.name
}
