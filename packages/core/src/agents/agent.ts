import type { Json } from '../text/json'

/** The coding agents whose hooks we speak (contract C17). */
export const AGENT_NAMES = ['claude', 'codex', 'gemini', 'cursor', 'opencode'] as const

export type AgentName = (typeof AGENT_NAMES)[number]

/** Which moment of a session an event is. `other` needs no answer, but may take context. */
export type Moment = 'session-start' | 'prompt' | 'turn-end' | 'other'

/** What a hook was told on standard input, in the same terms for every agent. */
export interface HookInput {
  /** The agent's own name of the event. */
  readonly event: string
  readonly moment: Moment
  /** 1 to 256 characters, no control characters. Chosen by the agent: never a file name, never an option. */
  readonly sessionId: string
  /** Absolute. The session's project is the one of this folder. */
  readonly cwd: string
  /** Whether this turn goes on only because a hook asked for it: asking again could make a loop. */
  readonly isContinuation: boolean
}

/** What the hook's process must do to be understood. */
export interface Reply {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** The names of an agent's events. */
export interface AgentEvents {
  readonly sessionStart: string
  /** Undefined where the agent has no such event for us. */
  readonly prompt: string | undefined
  readonly turnEnd: string
  readonly afterTool: string | undefined
}

/** One hook of ours: what runs at which event. */
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
  /** Whether the agent reads a file with comments and trailing commas. Others ignore all that is in such a file. */
  readonly allowsComments: boolean
  /** Whether the agent does not even start with a trailing comma in the file. */
  readonly refusesTrailingCommas: boolean
  /** Members that the file must have beside `hooks`. */
  readonly required: { readonly [key: string]: Json }
  /** `command` runs cross-agent-watch: a whole word for a shell. */
  entries(command: string): readonly HookEntry[]
}

export interface Agent {
  readonly name: AgentName
  /** What people call it. */
  readonly title: string
  readonly events: AgentEvents
  /** The input of a hook; undefined for anything malformed. Never throws. */
  readHookInput(bytes: Uint8Array): HookInput | undefined
  /** Tells the agent something, where this event can; else says nothing. Escapes control characters. */
  context(input: HookInput, text: string): Reply
  /** A reason to go on at the end of a turn. At any other moment it says nothing. */
  goOn(input: HookInput, text: string): Reply
  /** Ends a waiter so that it wakes the idle session. Undefined where no ending does. */
  readonly wake: ((input: HookInput, text: string) => Reply) | undefined
  /** A program that wakes an idle session from outside, with its arguments. Undefined where there is none. */
  readonly wakeCommand: ((input: HookInput, text: string) => readonly string[]) | undefined
  /** Whether another agent, which reads this one's settings too, has called the hook. It has hooks of its own. */
  isCalledByAnother(env: Readonly<Record<string, string | undefined>>): boolean
  /** Undefined where the hook is a plugin file of ours instead. */
  readonly settings: HookSettings | undefined
  /** What the user must do after an installation, on one line. */
  readonly afterInstall: string
}
