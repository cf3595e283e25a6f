import { canonicalName, fitsFileSystem } from '../message/message-name'

/** Characters (code points). */
const LONGEST_SLUG = 48
const NAMELESS = 'message'

/**
 * Makes a conversation's id from a title: lower case, letters and digits of any script, `-` between words, at most 48
 * characters, never empty (contract C9).
 */
export function slugOf(title: string): string {
  const plain = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
  // Composes again: syllables of some scripts were split, and names are compared byte for byte.
  const words = plain.replace(/[^\p{L}\p{Nd}]+/gu, '-').normalize('NFC')
  return cut(words, LONGEST_SLUG) || NAMELESS
}

/**
 * The id of a new conversation: the slug of the title, with `-2`, `-3`, … if the id is already known. It is short
 * enough for the name of a message from `sender` and of its signature (contract C9).
 */
export function newConversation(
  title: string,
  sender: string,
  isKnown: (conversation: string) => boolean,
): string {
  const slug = slugOf(title)
  for (let number = 1; ; number++) {
    const conversation = fitting(slug, number === 1 ? '' : `-${number}`, sender)
    if (!isKnown(conversation)) return conversation
  }
}

/** If not even one character fits, the sender's name is too long: the returned id does not fit either. */
function fitting(slug: string, end: string, sender: string): string {
  for (let length = Math.min(LONGEST_SLUG, slug.length); length > 1; length--) {
    const conversation = (cut(slug, length) || NAMELESS) + end
    if (fitsFileSystem(canonicalName(0, sender, conversation))) return conversation
  }
  return (cut(slug, 1) || NAMELESS) + end
}

/** The first characters, without a `-` at either end. */
function cut(slug: string, length: number): string {
  return Array.from(slug.replace(/^-+/, '')).slice(0, length).join('').replace(/-+$/, '')
}
