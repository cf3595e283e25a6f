import { Failure } from '../command/failure'

declare module '../command/failure' {
  interface FailureKinds {
    'destination-unusable': true
    'git-hangs': true
    'gpg-missing': true
    'header-invalid': true
    'message-changed': true
    'message-has-header': true
    'message-unreadable': true
    'signing-failed': true
    'unknown-type': true
  }
}

const SEE_DESTINATIONS =
  'list the destinations with: cross-agent-discover (projects with a folder .ai) and cross-agent-status (with an inbox)'

/** `nearest`: destinations that may have been meant. */
export function destinationUnusable(problem: string, nearest: readonly string[] = []): Failure {
  const meant = nearest.length > 0 ? `did you mean ${nearest.join(' or ')}? ` : ''
  return new Failure('destination-unusable', { message: problem, hint: meant + SEE_DESTINATIONS })
}

/** `fields` are those of its header. */
export function messageHasHeader(fields: readonly string[]): Failure {
  return new Failure('message-has-header', {
    message: `the message has a header already (${fields.join(', ')}): it is sent as it is, or not at all`,
    hint: 'leave out -m, --title, --type, --conversation and --reply-to, or give the text without a header',
  })
}

export function unknownType({
  type,
  nearest,
  types,
}: {
  readonly type: string
  readonly nearest: string
  readonly types: readonly string[]
}): Failure {
  const message = `invalid MESSAGE_TYPE: ${type}; did you mean ${nearest}?`
  return new Failure('unknown-type', { message, hint: `one of ${types.join(', ')}` })
}

export function messageChanged(): Failure {
  return new Failure('message-changed', {
    message: 'message file changed while it was being signed; nothing was sent',
    hint: 'send it again once it is finished',
  })
}

export function gpgMissing(): Failure {
  return new Failure('gpg-missing', {
    message: 'gpg not found; install gnupg or use --no-sign for testing',
  })
}

export function gitHangs(seconds: number): Failure {
  return new Failure('git-hangs', {
    message: `git did not name its signing key within ${seconds} s: is .git of this folder in order?`,
    hint: 'name the key with --key or GPG_USER',
  })
}
