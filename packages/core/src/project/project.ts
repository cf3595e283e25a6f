import { joinPath, pathParts } from '../fs/paths'

const USUAL_END = ['inbox', 'from-agents']

/**
 * The project that an inbox belongs to: the name below ~/projects, else that of the folder which holds
 * `inbox/from-agents` (contract B31). For a folder that lies otherwise the scripts disagree: `levelsUp` says which
 * of those above it is meant.
 */
export function projectOf(inbox: string, home: string, levelsUp: number): string {
  const parts = pathParts(inbox)
  const root = pathParts(joinPath(home, 'projects'))
  const isBelow = inbox.startsWith('/') && root.every((part, index) => parts[index] === part)
  const isUsual = parts.length > 2 && USUAL_END.every((part, index) => parts.at(index - 2) === part)
  return (isBelow ? parts[root.length] : undefined) ?? parts.at(isUsual ? -3 : -levelsUp - 1) ?? ''
}
