import type { Header } from '../message/header'
import type { Signer } from '../message/signing'
import { cutText } from '../text/fold'
import { decodeName, toBytes } from '../text/raw-name'

/** What may be said of a message: its text only if recv would process it (contract B68). */
export type Told = ToldText | Withheld

export interface ToldText {
  readonly is: 'told'
  /** FROM, else the sender in the file name. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly type: string
  readonly conversation: string
  readonly sequence: string
  readonly title: string
  readonly inReplyTo: string | undefined
  /** The fingerprints of the primary keys. */
  readonly signers: readonly string[]
}

export interface Withheld {
  readonly is: 'withheld'
  /** Without text of the message. */
  readonly reason: string
}

/** Characters of a field that are kept: a title may have 64 KB. */
const LONGEST_FIELD = 300

/** `sender` is the one in the file name. */
export function textOf(header: Header, signers: readonly Signer[], sender: string | undefined): ToldText {
  const field = (name: string) => {
    const value = header.get(name)
    return value === undefined ? undefined : own(value)
  }
  return {
    is: 'told',
    from: field('FROM') ?? (sender && own(sender)),
    to: field('TO'),
    type: field('MESSAGE_TYPE') ?? '',
    conversation: field('CONVERSATION_ID') ?? '',
    sequence: field('SEQUENCE') ?? '',
    title: field('TITLE') ?? '',
    inReplyTo: field('IN_REPLY_TO') || undefined,
    signers: signers.map(({ primary }) => primary),
  }
}

export function withheld(reason: string): Withheld {
  return { is: 'withheld', reason }
}

/** A slice of a text keeps the whole text in memory. */
function own(text: string): string {
  return decodeName(toBytes(cutText(text, LONGEST_FIELD)))
}
