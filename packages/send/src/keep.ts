import type { Context } from '@cac/core/command/context'
import type { HeldMessage } from '@cac/core/delivery/held-message'
import { reasonOf } from '@cac/core/fs/system-error'
import { shellQuote } from '@cac/core/text/shell'

/** Where a message is kept, and the line that sends it again; or why it is not kept. */
export function sayWhereKept(
  kept: string | { readonly problem: string },
  destination: string,
  messagePath: string | undefined,
  { err }: Context,
): void {
  if (typeof kept === 'string') {
    err(`message kept: ${kept}`)
    err(retryLine(destination))
    return
  }
  const again =
    messagePath === undefined ? '' : `; send ${messagePath} again once its receiver can be reached`
  err(`message not kept: ${kept.problem}${again}`)
}

/** The message has arrived, and what was sent is no failure. */
export function dropHeld(held: HeldMessage, { err }: Context): void {
  try {
    held.drop()
  } catch (error) {
    err(
      `it was sent, but stays in the outbox: ${reasonOf(error)}; --retry-failed will find that it has arrived`,
    )
  }
}

/** The same for a send that is ended: by HALT or by a signal. */
export function sayStillKept(kept: string, destination: string, { err }: Context): void {
  err(`message kept: ${kept}; ${retryLine(destination)}`)
}

function retryLine(destination: string): string {
  return `send it again with: cross-agent-send --retry-failed ${asWord(destination)}`
}

/** As it is typed on a shell's command line. */
function asWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : shellQuote(text)
}
