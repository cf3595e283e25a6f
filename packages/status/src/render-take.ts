import type { Take } from '@cac/core/mailbox/takes'
import type { Json } from '@cac/core/text/json'
import { utcSecond } from '@cac/core/text/utc'

/** Who has a message, and since when (contract C21). Escape it: the session's name is somebody else's. */
export function takeText({ by, since }: Take): string {
  return `taken by ${by}, since ${utcSecond(since)}`
}

/** The same for programs. Only a message that is taken has it. */
export function takeJson(take: Take | undefined): { readonly [key: string]: Json } {
  if (take === undefined) return {}
  const { by, since, until } = take
  return { taken: { by, since: utcSecond(since), until: utcSecond(until) } }
}
