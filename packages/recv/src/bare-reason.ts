import { cutText } from '@cac/core/text/fold'

/** Characters of a reason that are shown. */
const LONGEST = 200
/** What names another project, or a file, and then quotes a name. */
const NAMING: readonly (readonly [RegExp, string])[] = [
  [/^FROM is .*, which may be taken for /s, 'FROM may be taken for '],
  [/^the message is for .*$/s, 'the message is for another project'],
  [/^(signature file [a-z0-9 ]+): .*$/is, '$1'],
]
/** Reasons say last what the message says: behind `got`, or in quotes. */
const QUOTED = /[;,] got .*$|: ['"].*$|( from)? ?["\u201c\u201e\u00ab].*$/su
/** Shorter text of the message may be a word of ours. */
const TELLING = 8

/**
 * The reason for which a message is not vouched for, without what the message itself says: that may be anything, and
 * is to command nobody (contract B68). `foreign` is text that somebody else chose.
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
