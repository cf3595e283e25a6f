/** One file of a scratch home, as the case files write it. A path that ends with `/` is a folder. */
export type FileSpec = string | FileParts

export interface FileParts {
  /** Template from `cases/templates.json`; `request` when left out. */
  message?: string
  /** Fields that differ from the template: null drops one, a new one is appended. */
  header?: Record<string, string | null>
  /** Lines of the message; `{header}`, `{words}` and `{keys}` stand for many lines, `{long}` for a long text. */
  lines?: string[]
  eol?: string
  /** The last line has no line end. */
  open?: boolean
  text?: string
  base64?: string
  /** Written as the scripts write JSON. */
  json?: unknown
  /** Path of the file whose signature this is. */
  signatureOf?: string
  by?: SignerName
  /** gpg's text mode: signature class 01. */
  textMode?: boolean
  /** Path of the file this one is a copy of. */
  copyOf?: string
  link?: string
  mode?: string
  /** Seconds since the last change. */
  age?: number
}

export type SignerName = 'first' | 'second' | 'expired' | 'revoked' | 'stranger'

/** What a stub program does once it has logged its arguments. */
export interface StubAnswer {
  exit?: number
  signal?: string
  stdout?: string
  stderr?: string
  stderrBase64?: string
  /** Written to the descriptor that `--status-fd` names. */
  status?: string
  /** Written to the path that follows `--output`. */
  output?: string
  /** Files made when it is called. */
  creates?: Record<string, string>
  /** Folder below the home into which the file that it is given is copied, as rsync would onto a peer. */
  copiesTo?: string
  /**
   * Folder below the home that is the home in which its last argument is run, as ssh would on a peer. On PATH
   * there are the folder's own `bin` and a few real programs.
   */
  runsIn?: string
}

/** An answer for some of the calls. */
export interface SpecialAnswer extends StubAnswer {
  /** Only where all of these are among the arguments. */
  words?: string[]
  /** Only the first time. */
  once?: boolean
}

/** A program put on PATH in place of a real one; it logs its arguments. */
export interface Stub extends StubAnswer {
  /** The first that fits a call is given in place of the usual one. */
  answers?: SpecialAnswer[]
  /** The real program takes its place once the call is logged. */
  isReal?: boolean
  mode?: string
}

/** What happens in front of a running watcher. */
export interface Step {
  /** Written in place; null: removed. */
  files?: Record<string, string | null>
  folder?: string
  /** Written under a name elsewhere and moved to here. */
  arrives?: string
  /** Where the watcher is seen to have told of it, which is waited for. It logs first, then prints, then notifies. */
  told?: 'log' | 'stdout' | 'call'
}

/** What of our outcome differs from the script's; parts left out are the script's. */
export interface Differences {
  exit?: number
  stdout?: string[]
  stdoutHas?: string[]
  stdoutLacks?: string[]
  stderr?: string
  stderrHas?: string[]
  files?: Record<string, FileState>
  calls?: string[][]
  /** Warning rows of status (A6), per project. */
  unparseable?: Record<string, number>
}

export interface CaseParts {
  argv?: string[]
  cwd?: string
  env?: Record<string, string | null>
  stdin?: string
  /** Where `message` is written; no message when left out. */
  main?: string
  message?: FileParts | null
  files?: Record<string, FileSpec | null>
  /** Project -> file name -> file: short for `projects/<project>/inbox/from-agents/<file name>`. */
  inboxes?: Record<string, Record<string, FileSpec>>
  stubs?: Record<string, Stub | null>
  /** Real programs that are on PATH, too. */
  programs?: string[]
  /** The command is a watcher: it is ended after these. */
  steps?: Step[]
  /** Ours first asks the peer for a free name by ssh (B5, B9), which is left out of the comparison. */
  asksPeer?: boolean
  /** Real throwaway keys and the real gpg. */
  gpg?: boolean
  /** The command cannot read or write what a mode forbids, even where the tests run as root. */
  unprivileged?: boolean
  /** A newer Python does otherwise than the one that was recorded: the script itself is not run beside ours. */
  dependsOnPython?: boolean
}

export interface CaseSpec extends CaseParts {
  name: string
  differs?: string
  ours?: Differences
}

export interface CaseFile {
  command: string
  defaults?: CaseParts
  cases: CaseSpec[]
}

/** A case ready to run: defaults merged, every path below the home in `files`. */
export interface Case {
  name: string
  command: string
  argv: string[]
  cwd: string
  env: Record<string, string>
  stdin?: string
  files: Record<string, FileSpec>
  stubs: Record<string, Stub>
  programs: string[]
  steps?: Step[]
  asksPeer: boolean
  gpg: boolean
  unprivileged: boolean
  dependsOnPython: boolean
  differs?: string
  ours?: Differences
}

export interface FileState {
  mode?: string
  text?: string
  base64?: string
  folder?: boolean
  link?: string
  gone?: boolean
}

/** What a run did, with everything that changes from run to run replaced by a placeholder. */
export interface Outcome {
  exit: number | string
  stdout: string[]
  stderr: string[]
  files: Record<string, FileState>
  calls: string[][]
  /** What is left in TMPDIR. */
  leftovers: string[]
}

/** As kept on disk: empty parts are left out. */
export type RecordedOutcome = Pick<Outcome, 'exit'> & Partial<Outcome>

export interface Recording {
  command: string
  cases: Record<string, RecordedOutcome>
}

/** How a generated case is compared: `same`, or the contract entry by which ours differs. */
export type GeneratedKind = 'same' | 'A2' | 'B2' | 'B15' | 'B16'

export interface GeneratedCase {
  name: string
  kind: GeneratedKind
  command: string
  argv: string[]
  files: Record<string, FileParts>
  /** What A2 must name, or the count that B15 and B16 must give. */
  field?: string
  count?: number
}

export interface GeneratedRecording {
  seed: number
  cases: (GeneratedCase & { outcome: RecordedOutcome })[]
}

/** The command that a case is run on. */
export interface Target {
  program: string
  arguments: string[]
}

export interface Keyring {
  /** GNUPGHOME with the secret keys `first` and `second` and the public ones `expired` and `revoked`. */
  home: string
  sign: (message: Uint8Array, by: SignerName, textMode: boolean) => Promise<Buffer>
  /** Whose good signature it is, or why it is none. */
  signer: (message: Uint8Array, signature: Uint8Array) => Promise<string>
  remove: () => Promise<void>
}
