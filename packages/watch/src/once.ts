import { requireNotHalted } from '@cac/core/brake/halt'
import { liveBrake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { makeJudge } from '@cac/core/mailbox/judge'
import { Mailbox, type WaitingMessage } from '@cac/core/mailbox/mailbox'
import type { Vetted } from '@cac/core/mailbox/vet'
import { changedInboxes } from '@cac/core/mailbox/watching/changed-inboxes'
import { toCompactJson } from '@cac/core/text/json'
import { pathLine } from '@cac/core/text/shell'
import type { Options } from './options'
import { makeScope } from './scope'

/** The exit code when the time is up, as in the program `timeout`. */
const TIME_IS_UP = 124

/**
 * Waits for a message and prints its path. If one waits already, it prints that path at once, so a message between two
 * calls is never missed (contract C5). With `new`, only messages that come after the start count.
 */
export async function once(options: Options, context: Context): Promise<number> {
  const { timeout } = options
  const scope = await makeScope(options, context)
  const looks = changedInboxes(
    {
      list: scope.list,
      check: () => requireNotHalted(context),
      ...(timeout === undefined ? {} : { deadline: performance.now() + timeout * 1000 }),
    },
    context,
  )
  const verdicts = new Map<string, Vetted>()
  for await (const inboxes of looks) {
    const judge = makeJudge(context, liveBrake(context), { verdicts })
    const found = await (options.new ? scope.firstNew(inboxes, judge) : new Mailbox(inboxes).first(judge))
    if (found === undefined) continue
    requireNotHalted(context)
    context.out(options.json ? asJson(found) : `${pathLine(found.path)}\n`)
    return 0
  }
  return TIME_IS_UP
}

function asJson({ path, project, header }: WaitingMessage): string {
  const fields = header === undefined ? null : Object.fromEntries(header)
  return `${toCompactJson({ path, project, header: fields })}\n`
}
