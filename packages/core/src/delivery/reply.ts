import { isSentToOther, parseAddress } from '../message/address'
import { canonicalNameBefore } from '../message/done-name'
import type { Header } from '../message/header'
import { senderInName } from '../message/message-name'
import { repr } from '../text/python-text'
import type { Fields } from './compose'
import { replyTitle } from './title'

/** A message to answer. */
export interface Answered {
  readonly header: Header
  /** The last part of its path; in `done/` it may differ from the original name. */
  readonly fileName: string
}

/** What this machine knows about itself and others. */
export interface Neighbours {
  /** This machine's name (contract C35). */
  readonly machine: string
  /** Its name before it was given one in peers.toml. */
  readonly hostName: string
  isProjectHere(name: string): boolean
  /** All peers of peers.toml. A malformed one is left out. */
  readonly peers: readonly { readonly name: string; readonly host: string }[]
}

/** The destination of an answer: a project here (no peer), a project on a peer, or why it cannot be determined. */
export type ReplyDestination =
  | { readonly is: 'found'; readonly project: string; readonly peer: string | undefined }
  | { readonly is: 'unknown'; readonly problem: string; readonly hint: string }

const HINT = 'name it before the message: cross-agent-send --reply-to FILE DESTINATION -m TEXT'

/**
 * The sender of a message: its FROM if the signature is good, else the sender in its file name if that is a project
 * here (contract C10). `isVerified` says that its signature is good. A signed FROM without a destination is not
 * replaced by a guess.
 */
export function replyDestination(
  answered: Answered,
  isVerified: boolean,
  neighbours: Neighbours,
): ReplyDestination {
  const from = answered.header.get('FROM') ?? ''
  if (from !== '' && isVerified) return destinationOf(from, answered.header.get('TO') ?? '', neighbours)
  const sender = senderInName(originalName(answered), conversationOf(answered))
  if (sender !== undefined && neighbours.isProjectHere(sender))
    return { is: 'found', project: sender, peer: undefined }
  const unsigned = from === '' ? '' : `; its FROM ${repr(from)} does not count: the signature is not good`
  const named =
    sender === undefined ? 'the file name names no sender' : `${repr(sender)} is not a project here`
  return unknown(`${named}${unsigned}`)
}

/** `machine.project`; peers may know the machine by another name than it uses itself. */
function destinationOf(from: string, to: string, neighbours: Neighbours): ReplyDestination {
  const address = parseAddress(from)
  if (address === undefined) return unknown(`FROM ${repr(from)} is not <machine>.<project>`)
  const { machine, project } = address
  const doubt = doubtOf(machine, to, neighbours)
  if (doubt !== undefined) return unknown(`FROM is ${repr(from)}, ${doubt.why}`, `${HINT}; ${doubt.hint}`)
  const { machine: here, peers } = neighbours
  if (machine === here || machine === 'local') return { is: 'found', project, peer: undefined }
  const byName = peers.filter(({ name }) => name === machine)
  const fitting = byName.length > 0 ? byName : peers.filter(({ host }) => isHostOf(machine, host))
  const [peer, ...others] = fitting
  if (peer === undefined) return unknown(`FROM is ${repr(from)}, and no peer in peers.toml is ${machine}`)
  if (others.length === 0) return { is: 'found', project, peer: peer.name }
  return unknown(`FROM is ${repr(from)}, and ${fitting.map(({ name }) => name).join(', ')} have that host`)
}

/** Why a FROM that may mean this machine may mean another, and what tells the two apart. */
interface Doubt {
  readonly why: string
  readonly hint: string
}

const NAME_ONE = 'to tell the two apart, name one of them: [local] name in its peers.toml'

/**
 * Why the machine in FROM may be this one as well as another (contracts B54, C35). A message sent on this machine has
 * this machine's name in TO. Undefined if nothing suggests that there are two.
 */
function doubtOf(
  machine: string,
  to: string,
  { machine: here, hostName, peers }: Neighbours,
): Doubt | undefined {
  const isToOther = isSentToOther(to, here)
  if (machine === 'local' && isToOther) {
    const why = `but it was sent to ${repr(to)}: its sender does not call this machine ${here}`
    return { why, hint: 'on this machine, that is local.PROJECT' }
  }
  if (machine === here) {
    if (isToOther) {
      const why = `but it was sent to ${repr(to)}: another machine is called ${here}, as this one is`
      return { why, hint: NAME_ONE }
    }
    if (peers.some(({ name }) => name === here))
      return { why: `and a peer in peers.toml is called ${here}, as this machine is`, hint: NAME_ONE }
    return undefined
  }
  // A twin keeps the name that this machine had.
  if (machine !== hostName || parseAddress(to) === undefined || isSentToOther(to, hostName)) return undefined
  const why = `and it was sent to ${repr(to)}: perhaps on this machine, before it was called ${here}`
  return { why, hint: 'on this machine, that is local.PROJECT' }
}

/** A machine uses its host name up to the first dot. Host names ignore case. */
function isHostOf(machine: string, host: string): boolean {
  const [wanted, found] = [machine.toLowerCase(), host.toLowerCase()]
  return found === wanted || found.startsWith(`${wanted}.`)
}

function unknown(reason: string, hint = HINT): ReplyDestination {
  return { is: 'unknown', problem: `cannot tell whom to answer: ${reason}`, hint }
}

/** The fields that an answer takes from the answered message. Flags take precedence (see `mergeFields`). */
export function replyFields(answered: Answered): Fields {
  const conversation = conversationOf(answered)
  return new Map([
    ['TITLE', replyTitle(answered.header.get('TITLE') || conversation)],
    ['CONVERSATION_ID', conversation],
    ['MESSAGE_TYPE', asksForSomething(answered) ? 'complete' : 'progress'],
    ['IN_REPLY_TO', originalName(answered)],
  ])
}

/** Whoever asked wants to hear of the end. */
function asksForSomething({ header }: Answered): boolean {
  const type = header.get('MESSAGE_TYPE') ?? ''
  return type === 'request' || type === 'query'
}

function originalName(answered: Answered): string {
  return canonicalNameBefore(answered.fileName, conversationOf(answered))
}

function conversationOf({ header }: Answered): string {
  return header.get('CONVERSATION_ID') ?? ''
}
