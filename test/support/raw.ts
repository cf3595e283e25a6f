import { type Home, type Outcome, outcomeOf, type RunOptions } from './home'

/**
 * Text of which each character is one byte: names that are not UTF-8, in a form that can be written down and
 * compared. What a program says comes in the same form.
 */
export const raw = (text: string): Buffer => Buffer.from(text, 'latin1')

/** UTF-8 text in that form. */
export const asRaw = (text: string): string => Buffer.from(text).toString('latin1')

/** Runs a program with arguments of any bytes, which node cannot give it: a shell does. */
export function execRaw(
  home: Home,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return outcomeOf(home.spawn('bash', ['-c', commandLine(program, args)], options), 'latin1')
}

/** A command line for bash, which alone is ASCII whatever the arguments are. */
export function commandLine(program: string, args: readonly string[]): string {
  return `exec ${[program, ...args].map(quote).join(' ')}`
}

function quote(word: string): string {
  return `$'${word.replace(/[^\w./-]/gs, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)}'`
}
