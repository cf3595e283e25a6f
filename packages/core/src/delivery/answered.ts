import { brakeOf, requireNotHalted } from '../brake/halt'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { isFile } from '../fs/files'
import { fileName, folderOf, givenPath } from '../fs/paths'
import { folderWithin } from '../mailbox/listing'
import { verifyMessage } from '../mailbox/verify'
import { MOVED_FOLDERS, namesInDoneOf } from '../message/done-name'
import { headerOfMessage } from '../message/message-head'
import { machineName } from '../peers/machine-name'
import { type Destination, destinationOnPeer, type Places, requireProjectHere } from './destination'
import { readTextFile } from './read-message'
import { type Answered, type Neighbours, replyDestination } from './reply'

/** The message being answered, at its current path. */
export interface AnsweredFile extends Answered {
  readonly path: string
  readonly bytes: Buffer
  readonly conversation: string
}

/** Reads the message to answer, even if it was finished meanwhile. Throws Failure: exit 1, or 4 for its header. */
export function readAnswered(given: string): AnsweredFile {
  const path = placeOf(givenPath(given))
  const { bytes } = readTextFile(path)
  const header = headerOfMessage(bytes)
  const conversation = header?.get('CONVERSATION_ID')
  // Only the answer needs the other header fields: the scripts send messages without a title.
  if (header !== undefined && conversation)
    return { path, bytes, header, conversation, fileName: fileName(path) }
  throw new Failure('header-invalid', {
    message: `cannot answer ${path}: it has no CONVERSATION_ID`,
    hint: 'name a message with --reply-to; to write a new one, leave --reply-to out',
  })
}

/**
 * A message that no longer waits lies in `done/` or `aside/`, perhaps under a name that no longer begins with a stamp
 * (C14, C22). If several messages there had its name, the right one cannot be determined (contract B52). Throws
 * Failure.
 */
function placeOf(path: string): string {
  if (isThere(path)) return path
  const [inbox, name] = [folderOf(path), fileName(path)]
  const folders = MOVED_FOLDERS.flatMap((moved) => folderWithin(inbox, moved) ?? [])
  const there = (number: number) =>
    folders.flatMap((folder) =>
      namesInDoneOf(name, number)
        .map((placed) => `${folder}/${placed}`)
        .filter(isThere),
    )
  const [first, ...others] = there(1)
  if (first === undefined) return path
  const isPlain = others.every((other) => folderOf(other) === folderOf(first))
  if (isPlain && there(2).length === 0) return first
  throw new Failure('message-unreadable', {
    message: `cannot tell which message to answer: several finished messages had the name ${name}`,
    hint: `name the right one in ${folderOf(first)}`,
  })
}

function isThere(path: string): boolean {
  try {
    return isFile(path)
  } catch {
    return false
  }
}

/** The destination of the answer (contract C10). Throws Failure: exit 2 if it cannot be determined, 5 under HALT. */
export async function destinationOfAnswer(
  answered: AnsweredFile,
  places: Places,
  context: Context,
): Promise<Destination> {
  const brake = { isSet: brakeOf(context), check: () => requireNotHalted(context) }
  // Only FROM justifies a call to gpg.
  const from = answered.header.get('FROM')
  const isVerified =
    from !== undefined && (await verifyMessage({ ...answered, from }, context, brake)) === undefined
  const found = replyDestination(answered, isVerified, neighboursIn(places, context))
  if (found.is === 'unknown')
    throw new Failure('destination-unusable', { message: found.problem, hint: found.hint })
  const { project, peer } = found
  const remote = peer === undefined ? undefined : destinationOnPeer(peer, project, places.peers, context)
  if (remote !== undefined) return remote
  await requireProjectHere(project, places, context)
  return { project, peer: undefined }
}

/** What this machine knows about itself and others. */
export function neighboursIn(places: Places, context: Context): Neighbours {
  return {
    machine: machineName(places.peers, context),
    hostName: context.hostName,
    isProjectHere: (name) => places.projects.isThere(name),
    peers: knownPeers(places),
  }
}

/** One malformed peer must not keep an answer from another. */
function knownPeers({ peers }: Places): { name: string; host: string }[] {
  return peers.peerNames().flatMap((name) => {
    try {
      const peer = peers.peer(name)
      return peer === undefined ? [] : [{ name, host: peer.host }]
    } catch (error) {
      if (error instanceof Failure) return []
      throw error
    }
  })
}
