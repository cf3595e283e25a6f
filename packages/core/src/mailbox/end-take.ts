import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { fileName, joinPath } from '../fs/paths'
import { inboxOf } from '../message/done-name'
import { currentSession } from '../programs/session'
import { pathWord } from '../text/shell'
import { utcSecond } from '../text/utc'
import { Claims } from './claims'
import { sumAt } from './request'
import { notPutBack } from './take-failures'
import { isTakenBy, takesIn } from './takes'

/** Ends a message's take when the message leaves its inbox. */
export interface EndOfTake {
  /** Call it once the message has left. It says so if another session had taken the message. */
  end(): void
}

/**
 * The take of a message that is to leave its inbox (contract C21). Throws Failure if this session took other bytes under
 * that name, even if that take is over (B52). `path` is absolute.
 */
export function endOfTake(path: string, context: Context): EndOfTake {
  const [inbox, name] = [inboxOf(path), fileName(path)]
  const session = currentSession(context.env)
  const claims = new Claims(session, [inbox], context.now)
  const noted = claims.noted(inbox, name)?.sha256
  if (noted !== undefined && joinPath(inbox, name) === path && !mayHaveSum(path, noted)) {
    throw new Failure('not-finished', {
      message: `not moved: ${path}: this session took another message under that name`,
      hint: `look at this one, and take it: cross-agent-recv --take ${pathWord(path)}`,
    })
  }
  const other = takesIn(inbox, context.now()).find((take) => take.name === name && !isTakenBy(take, session))
  return {
    end() {
      claims.leave(inbox, name)
      if (other !== undefined)
        context.err(`another session had taken it: ${other.by}, since ${utcSecond(other.since)}: ${path}`)
    },
  }
}

/**
 * Gives back what this session took, without moving it. False if nobody has taken it. Throws Failure if another session
 * has, or the take cannot be removed. `path` is absolute.
 */
export function giveBackTake(path: string, context: Context): boolean {
  const [inbox, name] = [inboxOf(path), fileName(path)]
  const session = currentSession(context.env)
  const take = takesIn(inbox, context.now()).find((found) => found.name === name)
  if (take !== undefined && !isTakenBy(take, session)) throw notPutBack(path, take)
  try {
    return new Claims(session, [inbox], context.now).giveBack(inbox, name)
  } catch (error) {
    throw notPutBack(path, undefined, error)
  }
}

/** What cannot be read is no other message. */
function mayHaveSum(path: string, sum: string): boolean {
  return (sumAt(path) ?? sum) === sum
}
