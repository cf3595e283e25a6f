import type { Lab } from './lab'
import type { Terminal } from './terminal'

/** One coding agent: how its own program is set up and run. */
export interface AgentProgram {
  readonly name: AgentName
  readonly title: string
  /** The program below the folder that npm installed it into. */
  readonly program: string
  /** Writes settings that name the model's URL and trust the projects; returns the agent's environment. */
  prepare(lab: Lab, url: string): Record<string, string>
  /** What follows the program's name for a run that answers one prompt and ends. */
  once(prompt: string): string[]
  /** Options for a run that may use its shell tool without a question. */
  readonly freely: readonly string[]
  /** On the screen once the agent takes a prompt. */
  readonly isReady: RegExp
  /** Whether something can begin a turn of an idle session. */
  readonly wakes: boolean
  /** The line that ends a session. */
  readonly quit: string
  /** What a person does once after the hooks were installed. */
  trust?(terminal: Terminal): Promise<void>
}

export type AgentName = 'claude' | 'codex' | 'gemini' | 'opencode'
