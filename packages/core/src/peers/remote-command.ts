import { toBytes } from '../text/raw-name'

/** What peers run: a file each, in scripts/, and those that it needs before it. */
const SCRIPTS = {
  alive: () => [import('./scripts/alive.sh?raw')],
  projects: () => [import('./scripts/projects.sh?raw')],
  halt: () => [import('./scripts/halt.sh?raw')],
  resume: () => [import('./scripts/resume.sh?raw')],
  claim: () => [import('./scripts/files.sh?raw'), import('./scripts/claim.sh?raw')],
  flush: () => [import('./scripts/files.sh?raw'), import('./scripts/flush.sh?raw')],
  sent: () => [import('./scripts/sent.sh?raw')],
  examine: () => [import('./scripts/examine.sh?raw')],
}

export type ScriptName = keyof typeof SCRIPTS

/** A script with all that comes before it on a peer, as it is written. */
export async function scriptText(name: ScriptName): Promise<string> {
  const parts = await Promise.all([import('./scripts/begin.sh?raw'), ...SCRIPTS[name]()])
  return parts.map(({ default: text }) => text).join('')
}

/** For tests. */
export const SCRIPT_NAMES = Object.keys(SCRIPTS) as readonly ScriptName[]

/**
 * All that a peer's login shell is ever given (contract B49), whichever that is: sh, bash, dash, busybox, zsh, fish,
 * tcsh and csh read this line alike, for it has no backslash, no exclamation mark, no line break and no quote in its
 * quotes. It reads a script with its words from standard input and runs it, with the rest of that input. A start-up file
 * may have eaten some of it (B55), which the count of characters tells: then it asks for all of it again.
 */
export const LOGIN_SHELL_LINE =
  `sh -c 'l=$(echo; echo .); l=\${l%.}; s=; n=0; while IFS= read -r x; do case $x in ` +
  '"cross-agent begin "*) s=; n=0;; ' +
  '"cross-agent end "*) if [ "$x" = "cross-agent end $n" ]; then eval "$s"; exit; fi; ' +
  's=; n=0; echo; echo cross-agent again;; ' +
  `*) s=$s$x$l; n=$((n+\${#x}+1));; esac; done; exit 1'`

/** How a peer asks for all of it again. */
const AGAIN = 'cross-agent again'

/** How often a command that can answer is sent to one that asks again. */
export const MOST_REPEATS = 3

/**
 * A script for a peer, with words that may hold any byte but NUL. Only this makes what ssh runs: nothing else has its
 * type. Each of its answers begins with a sum that the peer has to work out (contract B34): that a login shell ends with
 * 0 proves nothing, and neither a shell that repeats what it is told nor a text from an earlier run knows the sum.
 */
export class RemoteCommand {
  readonly #beginning: string
  /** For standard input, with a line break at its end. In ASCII, so that no locale counts it otherwise. */
  readonly input: string

  private constructor(beginning: string, input: string) {
    this.#beginning = beginning
    this.input = input
  }

  static async make(name: ScriptName, words: readonly string[] = []): Promise<RemoteCommand> {
    const script = withoutComments(await scriptText(name))
    const [a, b] = [randomNumber(), randomNumber()]
    const body = `${setWords([`${a}`, `${b}`, ...words])}\n${script}\n`
    const input = `cross-agent begin ${name}\n${body}cross-agent end ${body.length}\n`
    return new RemoteCommand(`cross-agent ${a + b} `, input)
  }

  /** What follows the sum in a line of the peer's; undefined in any other line. */
  answerIn(line: string): string | undefined {
    const bare = line.replace(/\r$/, '')
    return bare.startsWith(this.#beginning) ? bare.slice(this.#beginning.length) : undefined
  }

  /** All answers in what the peer said. */
  answersIn(stdout: string): string[] {
    return stdout.split('\n').flatMap((line) => this.answerIn(line) ?? [])
  }
}

/** Whether a line of the peer's asks for the command again. */
export function asksAgain(line: string): boolean {
  return line === AGAIN
}

/** Comments and indentation are for who reads the scripts here. */
function withoutComments(script: string): string {
  return script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n')
}

/** What a word cannot hold as it is between double quotes. */
const NOT_PLAIN = /[^ !#%-[\]^_a-{}|~]/gu

/**
 * The shell's line that sets its words. What is not plain comes from a list that `printf` makes first:
 * each once, for the shell reads all of this byte by byte.
 */
function setWords(words: readonly string[]): string {
  const places = new Map<string, number>()
  const placeOf = (character: string) => {
    const place = places.get(character) ?? places.size + 1
    places.set(character, place)
    return place
  }
  // A byte that is not UTF-8 is a lone surrogate: a character of its own.
  const quoted = words.map(
    (word) => `"${word.replace(NOT_PLAIN, (character) => `\${${placeOf(character)}}`)}"`,
  )
  const line = `set -- ${quoted.join(' ')}`
  if (places.size === 0) return line
  if (places.has('\0')) throw new Error('a word for a peer cannot hold the character NUL')
  // The point keeps a line break at the end of the list.
  return `set -f\nIFS=" "\nset -- $(printf "${Array.from(places.keys(), octal).join(' ')} .")\n${line}\nunset IFS\nset +f`
}

function octal(character: string): string {
  return Array.from(toBytes(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}

function randomNumber(): number {
  return 1_000_000 + Math.floor(Math.random() * 1_000_000)
}
