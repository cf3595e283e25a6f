import { readHeader } from '../message/header'
import { headerProblem } from '../message/protocol'
import { beginsFrontMatter } from './front-matter'

/** What a text to be sent is (contract C4, C9). */
export type TextKind =
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
