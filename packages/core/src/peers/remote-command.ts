import { toBytes } from '../text/raw-name'

/** The scripts for peers: one file each, in scripts/, with the scripts that must come before it. */
const SCRIPTS = {
  alive: () => [import('./scripts/alive.sh?raw')],
  projects: () => [import('./scripts/projects.sh?raw')],
  halt: () => [
    import('./scripts/within.sh?raw'),
    import('./scripts/watcher.sh?raw'),
    import('./scripts/halt.sh?raw'),
  ],
  resume: () => [
    import('./scripts/within.sh?raw'),
    import('./scripts/watcher.sh?raw'),
    import('./scripts/resume.sh?raw'),
  ],
  claim: () => [import('./scripts/files.sh?raw'), import('./scripts/claim.sh?raw')],
  flush: () => [import('./scripts/files.sh?raw'), import('./scripts/flush.sh?raw')],
  sent: () => [import('./scripts/sent.sh?raw')],
  examine: () => [
    import('./scripts/within.sh?raw'),
    import('./scripts/tell-halt.sh?raw'),
    import('./scripts/examine.sh?raw'),
  ],
  relay: () => [import('./scripts/relay.sh?raw')],
  meet: () => [
    import('./scripts/within.sh?raw'),
    import('./scripts/tell-halt.sh?raw'),
    import('./scripts/meet.sh?raw'),
  ],
  accept: () => [import('./scripts/accept.sh?raw')],
  'find-back': () => [import('./scripts/find-back.sh?raw')],
  'write-peers': () => [import('./scripts/files.sh?raw'), import('./scripts/write-peers.sh?raw')],
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
 * The only line that a peer's login shell ever gets (contract B49). sh, bash, dash, busybox, zsh, fish, tcsh and csh
 * read it alike, because it has no backslash, exclamation mark, line break or quote inside its quotes. It reads a
 * script with its words from standard input, and runs the script with the rest of that input. A start-up file may have
 * consumed a part (B55). The count of characters shows that, and then the line asks for everything again.
 */
export const LOGIN_SHELL_LINE =
  `sh -c 'l=$(echo; echo .); l=\${l%.}; s=; n=0; while IFS= read -r x; do case $x in ` +
  '"cross-agent begin "*) s=; n=0;; ' +
  '"cross-agent end "*) if [ "$x" = "cross-agent end $n" ]; then eval "$s"; exit; fi; ' +
  's=; n=0; echo; echo cross-agent again;; ' +
  `*) s=$s$x$l; n=$((n+\${#x}+1));; esac; done; exit 1'`

/** The words of a peer that asks for everything again. */
const AGAIN = 'cross-agent again'

/** The most characters that are read of a text behind an answer (contract B72). An empty line takes two. */
const MOST_TEXT = 3 * 64 * 1024

/** How often a command is sent to a peer that asks again. */
export const MOST_REPEATS = 3

/**
 * A script for a peer, with words that may hold any byte but NUL. ssh runs only this type, and only this class makes
 * it. Each answer begins with a sum that the peer must compute (contract B34). Exit code 0 of a login shell proves
 * nothing. A shell that echoes its input does not know the sum, and neither does a text from an earlier run.
 */
export class RemoteCommand {
  readonly #beginning: string
  /** For standard input, with a final line break. It is ASCII, so every locale counts the same length. */
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

  /** The text after the sum in a peer's line. Undefined for any other line. */
  answerIn(line: string): string | undefined {
    const bare = line.replace(/\r$/, '')
    return bare.startsWith(this.#beginning) ? bare.slice(this.#beginning.length) : undefined
  }

  /** All answers in the peer's output. */
  answersIn(stdout: string): string[] {
    return stdout.split('\n').flatMap((line) => this.answerIn(line) ?? [])
  }

  /**
   * All answers, each with the beginning of the text that follows it, at least 64 KB. Each line of that is behind a tab,
   * so none looks like an answer.
   */
  *answersWithTexts(stdout: string): Generator<{ readonly answer: string; readonly text: string }> {
    for (let start = 0; start < stdout.length; ) {
      const end = endOfLine(stdout, start)
      const answer = this.answerIn(stdout.slice(start, end))
      start = end + 1
      if (answer === undefined) continue
      const endOfText = stdout[start] === '\t' ? endOfTabbed(stdout, start) : start
      const text = stdout.slice(start + 1, Math.min(endOfText, start + MOST_TEXT))
      yield { answer, text: text.replaceAll('\n\t', '\n') }
      start = endOfText
    }
  }
}

/** The start of the first line that does not begin with a tab. One search, because a lying peer may send millions. */
function endOfTabbed(text: string, start: number): number {
  const end = /\n(?!\t)/g
  end.lastIndex = start
  const found = end.exec(text)
  return found === null ? text.length : found.index + 1
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

/** Whether a peer's line asks for the command again. */
export function asksAgain(line: string): boolean {
  return line === AGAIN
}

/** Removes comments and indentation, which are for readers of the files. */
function withoutComments(script: string): string {
  return script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n')
}

/** Characters that must be escaped between double quotes. */
const NOT_PLAIN = /[^ !#%-[\]^_a-{}|~]/gu

/**
 * The shell's line that sets its words. Special characters come from a list that `printf` makes first, each once,
 * because the shell reads all of this byte by byte.
 */
function setWords(words: readonly string[]): string {
  const places = new Map<string, number>()
  const placeOf = (character: string) => {
    const place = places.get(character) ?? places.size + 1
    places.set(character, place)
    return place
  }
  // A byte that is not UTF-8 is a lone surrogate: one character.
  const quoted = words.map(
    (word) => `"${word.replace(NOT_PLAIN, (character) => `\${${placeOf(character)}}`)}"`,
  )
  const line = `set -- ${quoted.join(' ')}`
  if (places.size === 0) return line
  if (places.has('\0')) throw new Error('a word for a peer cannot hold the character NUL')
  // The final dot preserves a line break at the end of the list.
  return `set -f\nIFS=" "\nset -- $(printf "${Array.from(places.keys(), octal).join(' ')} .")\n${line}\nunset IFS\nset +f`
}

function octal(character: string): string {
  return Array.from(toBytes(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}

function randomNumber(): number {
  return 1_000_000 + Math.floor(Math.random() * 1_000_000)
}
