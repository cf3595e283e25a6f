import { joinPath, pathParts } from '../fs/paths'

/** The project that an inbox belongs to: the name below ~/projects, else that of the folder three levels up. */
export function projectOf(inbox: string, home: string): string {
  const parts = pathParts(inbox)
  const root = pathParts(joinPath(home, 'projects'))
  const isBelow = inbox.startsWith('/') && root.every((part, index) => parts[index] === part)
  return (isBelow ? parts[root.length] : undefined) ?? parts.at(-4) ?? ''
}
