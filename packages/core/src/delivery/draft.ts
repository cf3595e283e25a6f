import { Failure } from '../command/failure'
import { readHeader } from '../message/header'
import { headerProblem, MESSAGE_TYPES } from '../message/protocol'
import { withoutByteOrderMark } from '../text/byte-order-mark'
import { parseInteger, repr } from '../text/python-text'
import { composeMessage, type Fields, madeFields, mergeFields } from './compose'
import { newConversation } from './conversation-id'
import { messageHasHeader, unknownType } from './failures'
import { beginsFrontMatter, readFrontMatter } from './front-matter'
import { nearestType } from './header-hint'
import { hasFewDigits, type KnownConversations } from './known-conversations'
import type { SourceText } from './read-message'
import { type Answered, replyFields } from './reply'
import { givenTitle, titleOf } from './title'

/** What the command line says of a header that is to be made (contract C9). */
export interface Wanted {
  readonly title: string | undefined
  readonly type: string | undefined
  readonly conversation: string | undefined
}

/** Where the text comes from. */
export interface Origin {
  readonly answered: Answered | undefined
  /** It was given on the command line. */
  readonly isArgument: boolean
}

/** What is to become a message: its body, and what is given of its header. */
export interface Draft {
  readonly flags: Fields
  readonly front: Fields
  readonly answered: Answered | undefined
  readonly body: Uint8Array
  /** Whether fields that are missing are made. */
  readonly isCompleted: boolean
}

/** Where and when a draft becomes a message. */
export interface Circumstances {
  /** The name of the project that sends. */
  readonly sender: string
  /** `machine.project`. */
  readonly from: string
  readonly to: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly known: KnownConversations
}

/**
 * A text without a header of its own as a draft. Undefined where it has one, or no front matter either and no header
 * is `wanted`. Throws Failure: exit 2 where it has a header and one is wanted, 4 for front matter that cannot become
 * one.
 */
export async function readDraft(
  { bytes }: SourceText,
  wanted: Wanted | undefined,
  { answered, isArgument }: Origin,
): Promise<Draft | undefined> {
  const text = bytes.toString()
  const kind = isArgument && !beginsLikeMessage(text) ? kindOfArgument(text) : textKind(text)
  if (kind === 'message' && wanted !== undefined) {
    throw messageHasHeader([...readHeader(text, true).header.keys()])
  }
  const flags = flagFields(wanted)
  const shared = { flags, answered, isCompleted: wanted !== undefined }
  if (kind === 'front-matter') {
    const front = await readFrontMatter(text)
    if (front?.is === 'unmappable')
      throw new Failure('header-invalid', { message: front.problem, hint: front.hint })
    if (front !== undefined) return { ...shared, front: front.fields, body: Buffer.from(front.body) }
  }
  return wanted === undefined ? undefined : { ...shared, front: new Map(), body: withoutByteOrderMark(bytes) }
}

/** What a text to be sent is (contract C4, C9). */
type TextKind =
  /** It has a header of its own, valid or not: never completed. */
  | 'message'
  /** Front matter comes first; it becomes the header. */
  | 'front-matter'
  /** A body only. */
  | 'plain'

/** A valid header makes a text a message whatever it begins with: so the scripts read it (contract, rule 1). */
export function textKind(text: string): TextKind {
  const { header } = readHeader(text, true)
  if (header.size > 0 && headerProblem(header) === undefined) return 'message'
  if (beginsFrontMatter(text)) return 'front-matter'
  return header.size > 0 ? 'message' : 'plain'
}

function beginsLikeMessage(text: string): boolean {
  return /^\s*#\+[A-Z_]+:/.test(text)
}

/** In an argument lines of a header further down are part of what it says. */
function kindOfArgument(text: string): TextKind {
  return beginsFrontMatter(text) ? 'front-matter' : 'plain'
}

function flagFields(wanted: Wanted | undefined): Fields {
  const type = wanted?.type ?? ''
  if (type !== '' && !MESSAGE_TYPES.includes(type))
    throw unknownType({ type: repr(type), nearest: nearestType(type), types: MESSAGE_TYPES })
  return new Map([
    ['TITLE', givenTitle(wanted?.title ?? '') ?? ''],
    ['MESSAGE_TYPE', type],
    ['CONVERSATION_ID', wanted?.conversation ?? ''],
  ])
}

/** The bytes of the message. Throws Failure: exit 4 for a field that cannot stand in it, 5 under HALT. */
export async function finishDraft(draft: Draft, circumstances: Circumstances): Promise<Buffer> {
  requireOwnOrigin(draft.front, circumstances)
  const { flags, front, body } = draft
  if (!draft.isCompleted) return composeMessage(mergeFields(front), body)
  const reply = draft.answered === undefined ? new Map<string, string>() : replyFields(draft.answered)
  const given = mergeFields(flags, front, reply)
  const title = given.get('TITLE') ?? titleOf(Buffer.from(body).toString())
  if (title === undefined) {
    throw new Failure('header-invalid', {
      message: 'frontmatter missing required fields: TITLE',
      hint: 'the text says nothing that could be one: give it with --title',
    })
  }
  const { known, sender, now, from, to } = circumstances
  const conversation = given.get('CONVERSATION_ID') ?? newConversation(title, sender, known.isKnown)
  const sequence = await nextSequence(conversation, draft.answered, known)
  const made = madeFields({ conversation, sequence, now, from, to })
  return composeMessage(mergeFields(given, new Map([['TITLE', title]]), made), body)
}

/** The message that is answered counts wherever it lies. A number begins at 1, whatever others have written. */
async function nextSequence(
  conversation: string,
  answered: Answered | undefined,
  known: KnownConversations,
): Promise<bigint> {
  const highest = (await known.highestSequence(conversation)) ?? 0n
  const isOfIt = answered?.header.get('CONVERSATION_ID') === conversation
  const theirs = isOfIt ? parseInteger(answered?.header.get('SEQUENCE') ?? '') : undefined
  return (theirs !== undefined && theirs > highest && hasFewDigits(theirs) ? theirs : highest) + 1n
}

/** Who sends and to whom is not the author's to say: receivers go by it (contract C11). */
function requireOwnOrigin(front: Fields, { from, to }: Circumstances): void {
  for (const [field, made] of [
    ['FROM', from],
    ['TO', to],
  ] as const) {
    const value = front.get(field) ?? ''
    if (value === '' || value === made) continue
    throw new Failure('header-invalid', {
      message: `${field} must be ${made} here; got ${repr(value)}`,
      hint: `leave ${field} out: it is made`,
    })
  }
}
