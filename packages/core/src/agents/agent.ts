import type { Json } from '../text/json'

/** The coding agents whose hooks we speak (contract C17). */
export const AGENT_NAMES = ['claude', 'codex', 'gemini', 'cursor', 'opencode'] as const

export type AgentName = (typeof AGENT_NAMES)[number]

/** Which moment of a session an event is. `other` needs no answer, but may take context. */
export type Moment = 'session-start' | 'prompt' | 'turn-end' | 'other'

/** The input of a hook, in the same terms for every agent. */
export interface HookInput {
  /** The agent's own name of the event. */
  readonly event: string
  readonly moment: Moment
  /** 1 to 256 characters, no control characters. The agent chooses it: never use it as a file name or an option. */
  readonly sessionId: string
  /** Absolute. This folder decides the session's project. */
  readonly cwd: string
  /** Whether a hook has prolonged this turn already. Asking again could make a loop. */
  readonly isContinuation: boolean
  /** A digest of all answers in this turn, empty if there was none. Undefined if the agent does not tell. */
  readonly answer: string | undefined
  /** Whether a session goes on under a new id, as after `/clear`, or goes on after its text was shortened. */
  readonly continues: 'cleared' | 'compacted' | undefined
}

/** How an agent's process runs. */
export interface AgentRun {
  /** Its command line, the program first. Empty if it is unknown. */
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether its standard input is a terminal. True if unknown. */
  readonly hasTerminal: boolean
}

/** What the hook's process must print, and how it must exit. */
export interface Reply {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** The names of an agent's events. */
export interface AgentEvents {
  readonly sessionStart: string
  /** Undefined if the agent has no such event. */
  readonly prompt: string | undefined
  readonly turnEnd: string
  readonly afterTool: string | undefined
}

/** One of our hooks: what runs at which event. */
export interface HookEntry {
  readonly event: string
  readonly handler: { readonly [key: string]: Json }
}

/** The JSON file that holds an agent's hooks. */
export interface HookSettings {
  /** Below a project folder or the home folder. */
  readonly file: string
  /** `groups`: each item of an event holds a list `hooks` of handlers. `handlers`: each item is one. */
  readonly layout: 'groups' | 'handlers'
  /** Whether the agent reads a file with comments and trailing commas. Other agents ignore the whole file. */
  readonly allowsComments: boolean
  /** Whether the agent fails to start if the file has a trailing comma. */
  readonly refusesTrailingCommas: boolean
  /** Members that the file must have besides `hooks`. */
  readonly required: { readonly [key: string]: Json }
  /** `command` runs cross-agent-watch. It is one word for a shell. */
  entries(command: string): readonly HookEntry[]
}

export interface Agent {
  readonly name: AgentName
  /** What people call it. */
  readonly title: string
  readonly events: AgentEvents
  /** The input of a hook; undefined for anything malformed. Never throws. */
  readHookInput(bytes: Uint8Array): HookInput | undefined
  /** Tells the agent something if this event can carry it. Escapes control characters. */
  context(input: HookInput, text: string): Reply
  /** Gives a reason to go on at the end of a turn. Says nothing at any other moment. */
  goOn(input: HookInput, text: string): Reply
  /** The reply of a waiter that wakes the idle session. Undefined if no reply can wake this agent. */
  readonly wake: ((input: HookInput, text: string) => Reply) | undefined
  /** A program that wakes an idle session from outside, with its arguments. Undefined if there is none. */
  readonly wakeCommand: ((input: HookInput, text: string) => readonly string[]) | undefined
  /** Whether a different agent called the hook: it reads this agent's settings too, but has its own hooks. */
  isCalledByAnother(env: Readonly<Record<string, string | undefined>>): boolean
  /** Whether the agent runs one prompt and ends. The hooks must not hold such a run (contract C24). */
  isOneShot(run: AgentRun): boolean
  /** Whether a process has one session at a time. Another id in the same process has taken its place. */
  readonly hasOneSession: boolean
  /** Undefined if a plugin file replaces the settings. */
  readonly settings: HookSettings | undefined
  /** What the user must do after an installation, on one line. */
  readonly afterInstall: string
}
