import { Failure } from '../command/failure'
import { reasonOf } from '../fs/system-error'
import { pathWord } from '../text/shell'
import { utcSecond } from '../text/utc'
import type { Take } from './takes'

declare module '../command/failure' {
  interface FailureKinds {
    /** A take cannot be written. */
    'not-taken': true
    /** Another session has the message, or one of its conversation. */
    'taken-elsewhere': true
    /** There is no take of this session to give back. */
    'not-put-back': true
  }
}

export function notTaken(path: string, reason: string, hint?: string, cause?: unknown): Failure {
  return new Failure('not-taken', { message: `cannot take: ${path}: ${reason}`, hint }, cause)
}

/** For an error of the system. Nothing is taken then, and nothing is shown. */
export function notWritten(path: string, error: unknown): Failure {
  const hint =
    'a take is a hidden file in the inbox: see that it can be written there, or read without --take'
  return notTaken(path, reasonOf(error), hint, error)
}

export function notPutBack(path: string, other?: Pick<Take, 'by' | 'since'>, cause?: unknown): Failure {
  const reason =
    other !== undefined
      ? `another session has it: ${other.by}, since ${utcSecond(other.since)}`
      : cause === undefined
        ? 'this session has not taken it'
        : reasonOf(cause)
  const hint = 'who has what: cross-agent-status --messages'
  return new Failure('not-put-back', { message: `cannot put back: ${path}: ${reason}`, hint }, cause)
}

export function takenElsewhere(
  path: string,
  { by, since, name }: Pick<Take, 'by' | 'since' | 'name'>,
): Failure {
  const isOther = !path.endsWith(`/${name}`)
  const what = isOther ? `an earlier message of its conversation (${pathWord(name)})` : 'it'
  return new Failure('taken-elsewhere', {
    message: `cannot take: ${path}: another session has ${what}: ${by}, since ${utcSecond(since)}`,
    hint: 'leave it to that session, or take the next one: cross-agent-recv --next --take',
  })
}

/** Another session's command waits for an answer in the message's conversation (contract C28). */
export function awaitedElsewhere(path: string, by: string): Failure {
  return new Failure('taken-elsewhere', {
    message: `cannot take: ${path}: another session waits for an answer in its conversation: ${by}`,
    hint: 'leave it to that session, or take the next one: cross-agent-recv --next --take',
  })
}
