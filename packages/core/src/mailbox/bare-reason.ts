import { cutText } from '../text/fold'

/** Characters of a reason that are shown. */
const LONGEST = 200
/** Reasons that name another project or a file, and then quote a name. */
const NAMING: readonly (readonly [RegExp, string])[] = [
  [/^FROM is .*, which may be taken for /s, 'FROM may be taken for '],
  [/^the message is for .*$/s, 'the message is for another project'],
  [/^(signature file [a-z0-9 ]+): .*$/is, '$1'],
]
/** Reasons end with the text of the message: after `got`, or in quotes. */
const QUOTED = /[;,] got .*$|: ['"].*$|( from)? ?["\u201c\u201e\u00ab].*$/su
/** A shorter text of the message could match one of our own words. */
const TELLING = 8

/**
 * Why a message is not trusted, without the text of the message: that text may be anything, and must not command
 * anybody (contract B68). `foreign` is text that somebody else chose.
 */
export function bareReason(reason: string, foreign: Iterable<string>): string {
  let bare = reason.replace(QUOTED, '')
  for (const [found, meant] of NAMING) bare = bare.replace(found, meant)
  for (const text of foreign) {
    const start = text.length < TELLING ? -1 : bare.indexOf(text)
    if (start >= 0) bare = bare.slice(0, start)
  }
  return cutText(bare.trimEnd(), LONGEST)
}
