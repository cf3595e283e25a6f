import { readFileSync } from 'node:fs'

/** Expands `~` and `~user` at the start of a path, as a shell does; an unknown user's stays as it is. */
export function expandHome(path: string, home: string): string {
  if (!path.startsWith('~')) return path
  const slash = path.indexOf('/')
  const user = path.slice(1, slash < 0 ? undefined : slash)
  const folder = user === '' ? home : homeOf(user)
  if (folder === undefined) return path
  return (folder === '/' ? '' : folder) + (slash < 0 ? '' : path.slice(slash)) || '/'
}

function homeOf(user: string): string | undefined {
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n')
  return entries.find((entry) => entry.startsWith(`${user}:`))?.split(':')[5]
}
