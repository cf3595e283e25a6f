import { Failure } from '../command/failure'
import type { MovedFolder } from './done-name'

declare module '../command/failure' {
  interface FailureKinds {
    'message-missing': true
    /** A message cannot be moved within its inbox. */
    'not-finished': true
  }
}

export function messageMissing(
  { path, hint }: { readonly path: string; readonly hint: string | undefined },
  cause?: unknown,
): Failure {
  return new Failure('message-missing', { message: `message file not found: ${path}`, hint }, cause)
}

/** What is done with a message within its inbox: to `done/` (contract C14), to `aside/`, and back from there (C22). */
export type Move = MovedFolder | 'put-back'

const DEEDS: Readonly<Record<Move, string>> = {
  done: 'mark as done',
  aside: 'put aside',
  'put-back': 'put back',
}

export function notMoved(
  { path, reason, hint, move }: Hindrance & { readonly path: string; readonly move: Move },
  cause?: unknown,
): Failure {
  const place = move === 'put-back' ? 'in aside/' : 'in its inbox'
  return new Failure(
    'not-finished',
    {
      message: `cannot ${DEEDS[move]}: ${path}: ${reason}`,
      hint: hint ?? `fix that and run --${move} again: the message is still ${place}`,
    },
    cause,
  )
}

/** Why a message is not moved. By default the hint says that it is still where it was. */
export interface Hindrance {
  readonly reason: string
  readonly hint?: string
}
