/**
 * What happened in a night, as the world of the test saw it from outside, and what lay on the disks at its end. The
 * world writes it, the checker reads it. Neither imports anything of the product.
 */

/** Milliseconds since the night began, by the one clock of the world. No machine's clock matters. */
export type Moment = number

interface Happened {
  readonly at: Moment
  /** When it was over. The same as `at` for what takes no time. */
  readonly ended: Moment
}

/** A message that an agent wants to send. Its text holds `token=TOKEN;`, and so does every copy of it. */
export interface Intended extends Happened {
  readonly what: 'intended'
  readonly token: string
  readonly session: string
  readonly from: Place
  readonly to: Place
  readonly conversation: string
  /** A message type, `request` or `progress` for instance. */
  readonly type: string
  /** Whether the sender signs with a key that is revoked in the course of the night. */
  readonly byDoomedKey: boolean
}

export interface Place {
  readonly machine: string
  readonly project: string
}

/** A command of an agent or a person, from its start to its end. */
export interface CommandRan extends Happened {
  readonly what: 'command'
  readonly machine: string
  /** Of an agent. A person has none. */
  readonly session?: string
  /** The project of its working folder. */
  readonly project?: string
  /** Without its prefix: `send`. */
  readonly command: string
  /** `script`: the original one. */
  readonly kind: 'ours' | 'script'
  readonly args: readonly string[]
  /** The event that a hook gets, as `Stop`. */
  readonly hook?: string
  /** For a send, the message that it sends. */
  readonly token?: string
  /** Null where it, or who would have seen its end, was killed: then it is not known what it did. */
  readonly exit: number | null
  readonly stdout: string
  readonly stderr: string
}

/** An agent acted on a message that it had been shown. It is noted at once, before anything else is done. */
export interface Handled extends Happened {
  readonly what: 'handled'
  readonly machine: string
  readonly project: string
  readonly session: string
  readonly token: string
  readonly conversation: string
  readonly file: string
}

export interface SessionBegan extends Happened {
  readonly what: 'session began'
  readonly machine: string
  readonly project: string
  readonly session: string
  /**
   * `loop`: takes what waits, and ends with nothing. `hook`: is told by hooks, and idle until a waiter wakes it.
   * `script`: has only the original scripts, and no takes.
   */
  readonly kind: 'loop' | 'hook' | 'script'
}

/** From then on nobody is there. `killed` with a signal that cannot be caught, or because the power was cut. */
export interface SessionEnded extends Happened {
  readonly what: 'session ended'
  readonly machine: string
  readonly session: string
  readonly how: 'ended' | 'killed'
}

/** Something bad. It lasts from `at` to `ended`; what is never mended in the night lasts until it is mended at its end. */
export interface Fault extends Happened {
  readonly what: 'fault'
  readonly fault:
    | 'kill'
    | 'power cut'
    | 'disk full'
    | 'clock'
    | 'sshd down'
    | 'line cut'
    | 'line slow'
    | 'folder away'
    | 'key revoked'
  readonly machine: string
  /** The project whose folder is away. */
  readonly project?: string
  /** For people: the killed process, the clock's offset in seconds. */
  readonly detail: string
}

/** An enemy who can write into inboxes put a file there. */
export interface Planted extends Happened {
  readonly what: 'planted'
  readonly machine: string
  readonly project: string
  /** The message's path, below the home. */
  readonly path: string
  /**
   * `forged`: unsigned, or signed by a key that is not trusted. `swapped`: with the signature of another message.
   * `changed`: a true message and its signature, its text changed. `elsewhere`: a true message in another inbox.
   * `again`: a true message in its own inbox, under another name.
   */
  readonly kind: 'forged' | 'swapped' | 'changed' | 'elsewhere' | 'again'
  /** Of the true message, or of its own where it never was one. */
  readonly token: string
}

/**
 * `night`: all goes on, and goes wrong. `quiet`: all is mended, no new message is written, idle sessions stay idle and may
 * be told. `drain`: what is left is handled. `end`: all sessions are over.
 */
export interface PhaseBegan extends Happened {
  readonly what: 'phase'
  readonly phase: 'night' | 'quiet' | 'drain' | 'end'
}

export type Event =
  | Intended
  | CommandRan
  | Handled
  | SessionBegan
  | SessionEnded
  | Fault
  | Planted
  | PhaseBegan

/** A file or link that lay in a home at the end. */
export interface FileLeft {
  /** Below the home. */
  readonly path: string
  /** In its text, if any: `token=TOKEN;`. */
  readonly token?: string
  readonly size: number
}

export interface MachineLeft {
  readonly name: string
  readonly kind: 'ours' | 'script'
  readonly files: readonly FileLeft[]
  /** Command lines of processes of ours that are alive though all sessions are over. */
  readonly processes: readonly string[]
  /** Of `cross-agent-status`, when the quiet phase ended. */
  readonly status: string
  /** Messages that waited when the quiet phase ended, by the names of the files in all inboxes. */
  readonly waiting: readonly Waited[]
}

export interface Waited {
  readonly project: string
  readonly token?: string
  readonly path: string
}

export interface Night {
  readonly seed: number
  /** Sorted by `ended`. */
  readonly events: readonly Event[]
  readonly machines: readonly MachineLeft[]
}

/** A promise that was broken. */
export interface Breach {
  /** 1 to 6, as docs/reliability.md counts them. */
  readonly promise: number
  readonly text: string
  /** The message concerned, if it is about one. */
  readonly token?: string
}
