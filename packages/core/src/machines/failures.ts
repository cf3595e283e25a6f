import { Failure } from '../command/failure'

declare module '../command/failure' {
  interface FailureKinds {
    'machine-unusable': true
    'machine-silent': true
    'machine-refused': true
    'machine-half-added': true
  }
}

/** The host, the name or what is known of it does not do. Nothing was changed. */
export function machineUnusable(message: string, hint: string | readonly string[]): Failure {
  return new Failure('machine-unusable', { message, hint })
}

/** ssh does not get there, or nothing that is understood comes back. */
export function machineSilent(target: string, why: string, hint: string | readonly string[]): Failure {
  return new Failure('machine-silent', { message: `cannot talk to ${target}: ${why}`, hint })
}

/** The machine says what cannot be true. */
export function machineRefused(target: string, why: string): Failure {
  const hint = 'nothing was changed; look at that machine before you trust it'
  return new Failure('machine-refused', { message: `${target} is not to be believed: ${why}`, hint })
}

/** A step failed. `done` are the steps before it. */
export function halfAdded(
  step: string,
  why: string,
  done: readonly string[],
  hints: readonly string[],
): Failure {
  const before =
    done.length === 0 ? 'nothing was changed before that' : `done before that: ${done.join('; ')}`
  const again = 'run the same line again when that is mended: it does what is left'
  return new Failure('machine-half-added', {
    message: `could not do this: ${step}: ${why}`,
    hint: [...hints, before, again],
  })
}
