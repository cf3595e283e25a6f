import { Failure } from '../command/failure'

declare module '../command/failure' {
  interface FailureKinds {
    'settings-not-json': true
    /** A value in a file has the wrong type, or is there twice. */
    'settings-misshaped': true
    'settings-unreadable': true
    'settings-unwritable': true
    'settings-changed': true
    /** A file in a project that others would get by a commit. */
    'settings-committed': true
  }
}

const UNCHANGED = 'fix that and try again: nothing was changed'

/** A problem with a file or folder of an agent's settings. */
export class SettingsFailure extends Failure {
  readonly path: string

  constructor(
    kind: Failure['kind'] & `settings-${string}`,
    path: string,
    message: string,
    { cause, hint = UNCHANGED }: { readonly cause?: unknown; readonly hint?: string } = {},
  ) {
    super(kind, { message, hint }, cause)
    this.path = path
  }
}

interface About {
  readonly path: string
  readonly reason: string
}

export function settingsUnreadable({ path, reason }: About, cause?: unknown): Failure {
  return new SettingsFailure('settings-unreadable', path, `cannot read ${path}: ${reason}`, { cause })
}

export function settingsUnwritable({ path, reason }: About, cause?: unknown): Failure {
  return new SettingsFailure('settings-unwritable', path, `cannot write ${path}: ${reason}`, { cause })
}

export function settingsChanged({ path }: Pick<About, 'path'>): Failure {
  const hint = 'try again: nothing was changed'
  return new SettingsFailure('settings-changed', path, `${path} changed meanwhile`, { hint })
}

export function settingsNotJson({
  path,
  place,
  problem,
}: Record<'path' | 'place' | 'problem', string>): Failure {
  return new SettingsFailure('settings-not-json', path, `${path} is not JSON: ${problem} at ${place}`)
}

export function settingsMisshaped({
  path,
  place,
  is,
  expected,
}: Record<'path' | 'place' | 'is' | 'expected', string>): Failure {
  return new SettingsFailure('settings-misshaped', path, `${path}: ${place} is ${is}, not ${expected}`)
}
