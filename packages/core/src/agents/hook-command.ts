import { shellQuote } from '../text/shell'

const PROGRAM = /^cross-agent-watch(\.cjs|\.js)?$/
/** What no shell reads as anything but itself. */
const PLAIN_WORD = /^[\w@%+:,./][\w@%+:,./-]*$/
const ASSIGNMENT = /^[A-Za-z_]\w*=/

/** A program's name or path as the first word of a shell's command line. */
export function commandWord(program: string): string {
  return PLAIN_WORD.test(program) ? program : shellQuote(program)
}

/** A hook's command as settings hold it: a shell's line, or a program with its arguments. */
export interface HookCommand {
  readonly command?: unknown
  readonly args?: unknown
}

/**
 * Whether a hook is one that we installed: `cross-agent-watch --hook …` by any path, also run by node, with any
 * further arguments. A line that does anything else besides is somebody's own.
 */
export function isOurCommand({ command, args }: HookCommand): boolean {
  if (typeof command !== 'string') return false
  const words = Array.isArray(args) ? [command, ...args.map(String)] : shellWords(command)
  if (words === undefined) return false
  let start = words.findIndex((word) => !ASSIGNMENT.test(word) && word !== 'exec')
  if (/^(node|bun)$/.test(lastName(words[start]))) start++
  if (start < 0 || !PROGRAM.test(lastName(words[start]))) return false
  return words.slice(start + 1).some((word) => word === '--hook' || word.startsWith('--hook='))
}

function lastName(path: string | undefined): string {
  return path?.split('/').at(-1) ?? ''
}

/** One word, or what ends it; anything that a shell would act on matches nothing. */
const PART = /\s+|'([^']*)'|"([^"\\$`]*)"|\\(.)|([^\s'"\\|&;<>()$`*?[#~!{}]+)|(~)/sy

/** The words of a shell's line; undefined where a shell would do more than split it. */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  PART.lastIndex = 0
  while (PART.lastIndex < line.length) {
    const part = PART.exec(line)
    if (part === null) return undefined
    const text = part.slice(1).find((group) => group !== undefined)
    if (text === undefined) {
      if (part[0].includes('\n')) return undefined
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + text
  }
  return word === undefined ? words : [...words, word]
}
