import { type Dirent, lstat, readdir, stat } from 'node:fs'
import type { Context } from '../command/context'
import { expandHome, joinPath, pathParts } from '../fs/paths'
import { sortText } from '../text/python-text'
import { decodeName, toPath } from '../text/raw-name'
import { isFolder, USUAL_INBOX } from './layout'
import type { Inbox } from './projects'

/**
 * How many levels above an inbox in an unusual place its project folder is. The scripts disagree, and so do our
 * commands (contract B31).
 */
const LEVELS_UP = { status: 3, watch: 1 } as const

/** The inboxes that a glob matches; a leading `~` is the home, even if no shell expanded it (contract B31). */
export async function inboxesOf(
  glob: string,
  { home }: Context,
  command: keyof typeof LEVELS_UP,
): Promise<Inbox[]> {
  const folders = await matchingFolders(expandHome(glob, home))
  return folders.map((folder) => ({ folder, project: projectOf(folder, home, command) }))
}

/**
 * The project of an inbox that a glob matches: the name below ~/projects, else that of the folder that holds
 * `inbox/from-agents` (contract B31).
 */
export function projectOf(inbox: string, home: string, command: keyof typeof LEVELS_UP): string {
  const parts = pathParts(inbox)
  const root = pathParts(joinPath(home, 'projects'))
  const isBelow = inbox.startsWith('/') && root.every((part, index) => parts[index] === part)
  const isUsual = parts.length > 2 && `/${parts.slice(-2).join('/')}` === USUAL_INBOX
  return (isBelow ? parts[root.length] : undefined) ?? parts.at(isUsual ? -3 : -LEVELS_UP[command] - 1) ?? ''
}

/** The folders that a glob matches, sorted by path, as Python's `glob` finds them. */
export async function matchingFolders(glob: string): Promise<string[]> {
  if (!/[*?[]/.test(glob)) return isFolder(glob) ? [glob] : []
  const { default: fastGlob } = await import('fast-glob')
  const found = await fastGlob(translateGlob(glob), {
    onlyDirectories: true,
    followSymbolicLinks: true,
    suppressErrors: true,
    unique: true,
    braceExpansion: false,
    extglob: false,
    globstar: false,
    fs: rawFileSystem,
  })
  const end = glob.endsWith('/') ? '/' : ''
  return sortText(found.filter((path) => !matchesHidden(glob, path)).map((path) => path + end))
}

/** Whether a name with a leading dot was matched by anything other than a dot. */
function matchesHidden(glob: string, path: string): boolean {
  const wanted = pathParts(glob)
  return pathParts(path).some((part, index) => part.startsWith('.') && !wanted[index]?.startsWith('.'))
}

/** Special to fast-glob but not to Python. Both of its parsers read a set of one literally. */
const SPECIAL = /[\\{}()!|+@^$[\]]/

/**
 * Translates a Python glob for fast-glob: `*`, `?`, `[a-z]` and `[!a-z]` mean the same; all other characters are
 * literal.
 */
export function translateGlob(glob: string): string {
  let translated = ''
  for (let index = 0; index < glob.length; index++) {
    const character = glob.charAt(index)
    const closing = character === '[' ? endOfSet(glob, index) : -1
    if (closing > 0) {
      const negated = glob.charAt(index + 1) === '!'
      const members = glob.slice(index + (negated ? 2 : 1), closing).replace(/[\\\]^[]/g, '\\$&')
      // A set without special characters would also match its own text; a range of one makes it special.
      const range = /[-*+?.^${}(|)[\]]/.test(members) ? '' : `${members.charAt(0)}-`
      translated += `[${negated ? '^' : ''}${range}${members}]`
      index = closing
    } else if (character === '?') {
      // fast-glob does not see a lone question mark as a wildcard when it looks for the fixed part of a path.
      translated += '[^/]'
    } else if (character === '*' || character === '/') translated += character
    else translated += SPECIAL.test(character) ? `[\\${character}]` : character
  }
  return translated.replace(/\*{2,}/g, '*')
}

/** The end of the set that opens at `start`: its first member may be a `]`. -1 if it never closes. */
function endOfSet(glob: string, start: number): number {
  const first = start + (glob.charAt(start + 1) === '!' ? 2 : 1)
  return glob.indexOf(']', first + 1)
}

type Callback<Result> = (error: NodeJS.ErrnoException | null, result: Result) => void

/** The file system for fast-glob, with names of any bytes (see raw-name.ts). */
const rawFileSystem = {
  lstat: ((path: string, callback: Callback<unknown>) => lstat(toPath(path), callback)) as typeof lstat,
  stat: ((path: string, callback: Callback<unknown>) => stat(toPath(path), callback)) as typeof stat,
  readdir: ((path: string, _: unknown, callback: Callback<Dirent[]>) =>
    readdir(toPath(path), { encoding: 'buffer', withFileTypes: true }, (error, found) =>
      callback(error, error === null ? found.map(decodeEntry) : []),
    )) as unknown as typeof readdir,
}

function decodeEntry(entry: Dirent<Buffer>): Dirent {
  return Object.assign(entry as Dirent<string | Buffer>, { name: decodeName(entry.name) }) as Dirent
}
