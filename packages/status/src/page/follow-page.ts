import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { follow } from '@cac/core/follow/follow'
import { pathLine } from '@cac/core/text/shell'
import type { Options } from '../options'
import { writePage } from './write-page'

/** Seconds between two pages at least, and after which an open page loads itself again. */
const EVERY = 10

/**
 * Writes the page, and writes it anew after something has happened, until it is ended (contract C32). While messages
 * are not checked yet, each further page checks some more. A page that cannot be written is tried again. Throws Failure
 * if the first one cannot be written, or another file has taken its place.
 */
export async function followPage(file: string, options: Options, context: Context): Promise<number> {
  let writtenAt = Number.NEGATIVE_INFINITY
  let isDue = true
  let problem = ''
  // The first look comes before the first page: nothing that happens between them is missed.
  for await (const { happenings } of follow(context, 'cross-agent-status')) {
    isDue ||= happenings.length > 0
    if (!isDue || performance.now() - writtenAt < EVERY * 1000) continue
    const isFirst = writtenAt === Number.NEGATIVE_INFINITY
    writtenAt = performance.now()
    try {
      isDue = (await writePage(file, options, context, EVERY)).unchecked > 0
      problem = ''
      if (isFirst) context.out(`written: ${pathLine(file)}\n`)
    } catch (error) {
      if (isFirst || !(error instanceof Failure) || error.kind === 'not-our-page') throw error
      if (error.message !== problem) context.err(`${error.message}; it is tried again`)
      problem = error.message
    }
  }
  return 0
}
