import { type SigningFacts, signingHint } from './signing-hint'

/** Every kind of failure that commands tell people of, with its facts. */
export interface FailureFacts {
  'home-not-utf8': { readonly home: string }
  /** `nearest` are the options that may have been meant. */
  'unknown-flag': { readonly problem: string; readonly command: string; readonly nearest?: readonly string[] }
  /** `forms` are the ways to use the command. */
  usage: {
    readonly problem: string
    readonly command: string
    readonly forms?: readonly string[]
    readonly nearest?: readonly string[]
  }
  'message-has-header': { readonly fields: readonly string[] }
  'unknown-type': { readonly type: string; readonly nearest: string; readonly types: readonly string[] }
  /** `what` is what halted, with the reason behind it. */
  halted: { readonly what: string; readonly haltFile?: string }
  'halt-not-written': { readonly haltFile: string; readonly reason: string; readonly isHalted: boolean }
  'halt-not-removed': { readonly haltFile: string; readonly reason: string }
  /** `words` are the command's own: not all of them begin alike. */
  'peers-file': { readonly words: string; readonly problem: string; readonly hint: string }
  'destination-unusable': {
    readonly problem: string
    readonly nearest?: readonly string[]
    readonly hint?: string
  }
  'message-missing': { readonly path: string; readonly hint: string | undefined }
  'not-finished': { readonly path: string; readonly reason: string; readonly hint?: string }
  'nothing-waits': { readonly project: string }
  'project-unknown': { readonly problem: string; readonly hint: string }
  'conversation-unknown': {
    readonly conversation: string
    readonly project: string | undefined
    readonly nearest: readonly string[]
  }
  'message-unreadable': { readonly reason: string; readonly hint?: string }
  'header-invalid': { readonly problem: string; readonly hint: string }
  'name-too-long': { readonly limit: number }
  'message-changed': Record<never, never>
  'gpg-missing': Record<never, never>
  'signing-failed': SigningFacts
  'git-hangs': { readonly seconds: number }
  'inbox-path-misread': { readonly project: string }
  'delivery-failed': { readonly inbox: string; readonly reason: string }
  'service-failed': { readonly problem: string; readonly hint?: string }
  'no-inbox': { readonly glob: string }
  'no-inbox-left': { readonly glob: string }
  'settings-not-json': { readonly path: string; readonly place: string; readonly problem: string }
  /** What is at a place in a file is not what it must be. */
  'settings-misshaped': {
    readonly path: string
    readonly place: string
    readonly is: string
    readonly expected: string
  }
  'settings-unreadable': { readonly path: string; readonly reason: string }
  'settings-unwritable': { readonly path: string; readonly reason: string }
  'settings-changed': { readonly path: string }
}

export type FailureKind = keyof FailureFacts

interface Words {
  readonly message: string
  readonly hint?: string | readonly string[] | undefined
}

function didYouMean(nearest: readonly string[]): string[] {
  return nearest.length > 0 ? [`did you mean ${nearest.join(' and ')}?`] : []
}

/** What each kind says. */
export const WORDS: { readonly [Kind in FailureKind]: (facts: FailureFacts[Kind]) => Words } = {
  'home-not-utf8': ({ home }) => ({
    message: `HOME is not UTF-8: ${home}`,
    hint: 'give that folder another name',
  }),
  'unknown-flag': ({ problem, command, nearest = [] }) => ({
    message: problem,
    hint: [...didYouMean(nearest), `see: ${command} --help`],
  }),
  usage: ({ problem, command, forms = [], nearest = [] }) => ({
    message: `${command}: error: ${problem}`,
    hint: [...forms, ...didYouMean(nearest), `see: ${command} --help`],
  }),
  'message-has-header': ({ fields }) => ({
    message: `the message has a header already (${fields.join(', ')}): it is sent as it is, or not at all`,
    hint: 'leave out -m, --title, --type, --conversation and --reply-to, or give the text without a header',
  }),
  'unknown-type': ({ type, nearest, types }) => ({
    message: `invalid MESSAGE_TYPE: ${type}; did you mean ${nearest}?`,
    hint: `one of ${types.join(', ')}`,
  }),
  halted: ({ what, haltFile }) => ({
    message: what,
    hint: haltFile === undefined ? undefined : `remove ${haltFile} to resume`,
  }),
  'halt-not-written': ({ haltFile, reason, isHalted }) => ({
    message: `cannot write ${haltFile}: ${reason}`,
    hint: isHalted
      ? 'what is there halts this machine all the same, but without this reason'
      : 'this machine is not halted: put that right, or make the file by hand',
  }),
  'halt-not-removed': ({ haltFile, reason }) => ({
    message: `could not remove HALT: ${reason}`,
    hint: `still halted: see to it that ${haltFile} can be removed, and resume again`,
  }),
  'peers-file': ({ words, problem, hint }) => ({ message: `${words}: ${problem}`, hint }),
  'destination-unusable': ({ problem, nearest = [], hint }) => ({
    message: problem,
    hint:
      hint ??
      `${nearest.length > 0 ? `did you mean ${nearest.join(' or ')}? ` : ''}see which destinations there are with: cross-agent-discover (projects with a folder .ai) and cross-agent-status (with an inbox)`,
  }),
  'message-missing': ({ path, hint }) => ({ message: `message file not found: ${path}`, hint }),
  'not-finished': ({ path, reason, hint }) => ({
    message: `cannot mark as done: ${path}: ${reason}`,
    hint: hint ?? 'put that right and say --done again: the message is still in its inbox',
  }),
  'nothing-waits': ({ project }) => ({ message: `nothing waits in ${project}` }),
  'project-unknown': ({ problem, hint }) => ({ message: problem, hint }),
  'conversation-unknown': ({ conversation, project, nearest }) => ({
    message: `no message of that conversation ${project === undefined ? 'on this machine' : `to or from ${project}`}: ${conversation}`,
    hint:
      nearest.length > 0
        ? `the nearest: ${nearest.join(', ')}`
        : 'see what waits with: cross-agent-status --messages',
  }),
  'message-unreadable': ({ reason, hint }) => ({ message: reason, hint }),
  'header-invalid': ({ problem, hint }) => ({ message: problem, hint }),
  'name-too-long': ({ limit }) => ({
    message: `CONVERSATION_ID is too long: the name of the message would exceed ${limit} bytes`,
    hint: 'shorten the CONVERSATION_ID',
  }),
  'message-changed': () => ({
    message: 'message file changed while it was being signed; nothing was sent',
    hint: 'send it again once it is finished',
  }),
  'gpg-missing': () => ({ message: 'gpg not found; install gnupg or use --no-sign for testing' }),
  'signing-failed': (facts) => ({ message: `signing failed: ${facts.words}`, hint: signingHint(facts) }),
  'git-hangs': ({ seconds }) => ({
    message: `git did not tell its signing key within ${seconds} s: is .git of this folder in order?`,
    hint: 'name the key with --key or GPG_USER',
  }),
  'inbox-path-misread': ({ project }) => ({
    message: `projects.${project}.inbox_path must not begin with a colon: rsync would read it otherwise than ssh`,
    hint: 'begin it with ~/ or /',
  }),
  'delivery-failed': ({ inbox, reason }) => ({
    message: `cannot deliver to ${inbox}: ${reason}`,
    hint: 'put that right and send again: a message that arrives twice is processed once',
  }),
  'service-failed': ({ problem, hint }) => ({ message: `cross-agent-watch: ${problem}`, hint }),
  'no-inbox': ({ glob }) => ({
    message: `cross-agent-watch: glob resolved 0 directories: ${glob}`,
    hint: 'an inbox is made by the first message to its project; start the watcher again then',
  }),
  'no-inbox-left': ({ glob }) => ({
    message: `cross-agent-watch: no folder is left to watch: ${glob}`,
    hint: 'start it again when there is one',
  }),
  'settings-not-json': ({ path, place, problem }) => ({
    message: `${path} is not JSON: ${problem} at ${place}`,
    hint: 'put that right and try again: nothing was changed',
  }),
  'settings-misshaped': ({ path, place, is, expected }) => ({
    message: `${path}: ${place} is ${is}, not ${expected}`,
    hint: 'put that right and try again: nothing was changed',
  }),
  'settings-unreadable': ({ path, reason }) => ({
    message: `cannot read ${path}: ${reason}`,
    hint: 'put that right and try again: nothing was changed',
  }),
  'settings-unwritable': ({ path, reason }) => ({
    message: `cannot write ${path}: ${reason}`,
    hint: 'put that right and try again: nothing was changed',
  }),
  'settings-changed': ({ path }) => ({
    message: `${path} changed meanwhile`,
    hint: 'try again: nothing was changed',
  }),
}
