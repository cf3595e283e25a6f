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
import { beginsLikeMessage, fieldsToMake, requireNoSecondHeader, withFullNames } from './incomplete-front'
import { hasFewDigits, type KnownConversations } from './known-conversations'
import type { SourceText } from './read-message'
import { type Answered, replyFields } from './reply'
import { givenTitle, titleOf } from './title'

/** What the command line says about a header to be made (contract C9). */
export interface Wanted {
  readonly title: string | undefined
  readonly type: string | undefined
  readonly conversation: string | undefined
}

/** The source of the text. */
export interface Origin {
  readonly answered: Answered | undefined
  /** It was given on the command line. */
  readonly isArgument: boolean
}

/** A future message: its body, and the given part of its header. */
export interface Draft {
  readonly flags: Fields
  readonly front: Fields
  readonly answered: Answered | undefined
  readonly body: Uint8Array
  /** Front matter gives all required fields, and no header is wanted: the text was written as a message. */
  readonly isWhole: boolean
}

/** The circumstances in which a draft becomes a message. */
export interface Circumstances {
  /** The name of the sending project. */
  readonly sender: string
  /** `machine.project`. */
  readonly from: string
  readonly to: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly known: KnownConversations
}

/**
 * Makes a draft from a text without its own header. Undefined if the text has a header, or if it has no front matter
 * and no header is `wanted`. Throws Failure: exit 2 if it has a header and one is wanted, 4 if its front matter cannot
 * become one (contracts C4, C9, C33).
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
  const shared = { flags, answered, isWhole: false }
  if (kind === 'front-matter') {
    const front = await readFrontMatter(text)
    if (front?.is === 'unmappable')
      throw new Failure('header-invalid', { message: front.problem, hint: front.hint })
    if (front !== undefined) {
      const fields = withFullNames(front.fields)
      const missing = fieldsToMake(fields)
      if (wanted === undefined && missing.length > 0) requireNoSecondHeader(missing, front.body)
      const isWhole = wanted === undefined && missing.length === 0
      return { ...shared, isWhole, front: fields, body: Buffer.from(front.body) }
    }
  }
  return wanted === undefined ? undefined : { ...shared, front: new Map(), body: withoutByteOrderMark(bytes) }
}

/** The kind of a text to be sent (contract C4, C9). */
type TextKind =
  /** It has its own header, valid or not: never completed. */
  | 'message'
  /** Front matter comes first; it becomes the header. */
  | 'front-matter'
  /** A body only. */
  | 'plain'

/** A text with a valid header is a message, whatever its beginning: the scripts read it so (contract, rule 1). */
export function textKind(text: string): TextKind {
  const { header } = readHeader(text, true)
  if (header.size > 0 && headerProblem(header) === undefined) return 'message'
  if (beginsFrontMatter(text)) return 'front-matter'
  return header.size > 0 ? 'message' : 'plain'
}

/** In an argument, header lines further down are part of the text. */
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

/** The bytes of the message. Throws Failure: exit 4 for an invalid field, 5 under HALT. */
export async function finishDraft(draft: Draft, circumstances: Circumstances): Promise<Buffer> {
  requireOwnOrigin(draft.front, circumstances)
  const { flags, front, body } = draft
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

/** The answered message counts wherever it lies. A sequence begins at 1 or later, whatever others have written. */
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

/** The author cannot set sender or destination: receivers rely on them (contract C11). */
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
