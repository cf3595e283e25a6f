import type { Gap } from '@cac/core/mailbox/thread'
import { cutText } from '@cac/core/text/fold'

/** The most gaps that are shown. The JSON has all of them. */
const MOST_GAPS = 20
/** Characters of a number: a sender may write a very long one. */
const LONGEST = 40

/** `number 2, 5 to 7`. */
export function gapText(gaps: readonly Gap[]): string {
  const ranges = gaps.slice(0, MOST_GAPS).map(({ first, last }) => {
    const [from, to] = [first, last].map((number) => cutText(String(number), LONGEST))
    return first === last ? from : `${from} to ${to}`
  })
  const rest = gaps.length - ranges.length
  return `number ${ranges.join(', ')}${rest > 0 ? ` and ${rest} more gaps` : ''}`
}
