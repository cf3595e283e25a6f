import { realPath } from '../fs/folder'
import { expandHome } from '../fs/paths'
import { pathWord } from '../text/shell'

/** A folder as people write it, and as peers.toml keeps it: `~/code` below the home folder, else its whole path. */
export function rootForm(folder: string, home: string): string {
  for (const base of [home, realPath(home)]) {
    if (folder === base) return '~'
    if (folder.startsWith(`${base}/`)) return `~${folder.slice(base.length)}`
  }
  return folder
}

/** The same as one word for a shell. A `~` in quotes would mean nothing, so such a path is whole. */
export function rootWord(folder: string, home: string): string {
  const form = rootForm(folder, home)
  const rest = form.slice('~/'.length)
  const isPlain = form === '~' || (form.startsWith('~/') && pathWord(rest) === rest)
  return isPlain ? form : pathWord(expandHome(form, home))
}
