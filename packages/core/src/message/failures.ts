import { Failure } from '../command/failure'

declare module '../command/failure' {
  interface FailureKinds {
    'message-missing': true
    /** A message cannot be moved into `done/`. */
    'not-finished': true
  }
}

export function messageMissing(
  { path, hint }: { readonly path: string; readonly hint: string | undefined },
  cause?: unknown,
): Failure {
  return new Failure('message-missing', { message: `message file not found: ${path}`, hint }, cause)
}

const STILL_THERE = 'fix that and run --done again: the message is still in its inbox'

export function notFinished(
  {
    path,
    reason,
    hint = STILL_THERE,
  }: { readonly path: string; readonly reason: string; readonly hint?: string },
  cause?: unknown,
): Failure {
  return new Failure('not-finished', { message: `cannot mark as done: ${path}: ${reason}`, hint }, cause)
}
