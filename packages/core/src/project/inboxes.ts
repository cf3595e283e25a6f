import { existsSync, statSync } from 'node:fs'
import { listNamesIfReadable } from '../fs/folder'
import { pathParts } from '../fs/paths'
import { sortText } from '../text/python-text'
import { toPath } from '../text/raw-name'

/**
 * The inboxes of all projects in a folder of projects, in the order of their paths. Read by hand: matching the
 * default glob with a library takes several times as long as all the rest of a run.
 */
export function projectInboxes(root: string): string[] {
  const inboxes: string[] = []
  for (const name of listNamesIfReadable(root)) {
    if (name.startsWith('.')) continue
    // The slash at the end lets nothing but a folder exist.
    const inbox = `${root}/${name}/inbox/from-agents/`
    if (existsSync(toPath(inbox))) inboxes.push(inbox)
  }
  return sortText(inboxes)
}

/** The folders that a glob names, in the order of their paths, as Python's `glob` finds them. */
export async function matchingFolders(glob: string): Promise<string[]> {
  if (!/[*?[]/.test(glob)) return isFolder(glob) ? [glob] : []
  const { default: fastGlob } = await import('fast-glob')
  const { rawFileSystem } = await import('./glob')
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

/** Whether a name that begins with a dot was matched by anything else than a dot. */
function matchesHidden(glob: string, path: string): boolean {
  const wanted = pathParts(glob)
  return pathParts(path).some((part, index) => part.startsWith('.') && !wanted[index]?.startsWith('.'))
}

/** Special to fast-glob though not to Python. A set of one is how both of its parsers read them literally. */
const SPECIAL = /[\\{}()!|+@^$[\]]/

/**
 * A Python glob in the language of fast-glob: `*`, `?`, `[a-z]` and `[!a-z]` mean the same; everything else
 * stands for itself.
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
      // A lone question mark is no wildcard to fast-glob's search for the fixed part of a path.
      translated += '[^/]'
    } else if (character === '*' || character === '/') translated += character
    else translated += SPECIAL.test(character) ? `[\\${character}]` : character
  }
  return translated.replace(/\*{2,}/g, '*')
}

/** Where the set that opens at `start` closes: its first member may be a `]`. -1 if it never does. */
function endOfSet(glob: string, start: number): number {
  const first = start + (glob.charAt(start + 1) === '!' ? 2 : 1)
  return glob.indexOf(']', first + 1)
}

export function isFolder(path: string): boolean {
  try {
    return statSync(toPath(path)).isDirectory()
  } catch {
    return false
  }
}
