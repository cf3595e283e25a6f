import type { Paths } from '../fs/paths'
import type { Agent } from './agent'
import { hashOf, readRecord, removeRecord, writeRecord } from './hook-record'
import { type FoundFile, findFile, removeEmptyFolders, removeFile, replaceFound } from './kept-file'

/** One of our files, as found on disk. */
interface Found {
  readonly file: FoundFile
  readonly state: 'absent' | 'current' | 'older' | 'changed'
  /** The folders that we made for it. */
  readonly made: readonly string[]
}

/** Writes one of our files. Keeps it if somebody has changed it. Throws as `findFile` and `replaceFound` do. */
export function installOwn(
  own: OwnText,
  path: string,
  paths: Paths,
): 'installed' | 'updated' | 'unchanged' | 'kept' {
  const { file, state, made } = find(own, path, paths)
  if (state === 'changed') return 'kept'
  if (state === 'current') return 'unchanged'
  const bytes = Buffer.from(own.text)
  const nowMade = replaceFound(file, bytes)
  const record = { before: undefined, after: hashOf(bytes), made: state === 'absent' ? nowMade : made }
  try {
    writeRecord(paths, file.target, record)
  } catch (error) {
    if (state === 'absent') {
      removeFile(findFile(path))
      removeEmptyFolders(nowMade)
    }
    throw error
  }
  return state === 'absent' ? 'installed' : 'updated'
}

/** Removes one of our files. Keeps it if somebody has changed it. Throws as `findFile` and `removeFile` do. */
export function removeOwn(own: OwnText, path: string, paths: Paths): 'removed' | 'absent' | 'kept' {
  const { file, state, made } = find(own, path, paths)
  if (state !== 'absent' && state !== 'changed') {
    removeFile(file)
    removeEmptyFolders(made)
  }
  if (state !== 'changed') removeRecord(paths, file.target)
  return state === 'absent' ? 'absent' : state === 'changed' ? 'kept' : 'removed'
}

/** The state of one of our files. Throws as `findFile` does. */
export function checkOwn(
  own: OwnText,
  path: string,
  paths: Paths,
): 'installed' | 'outdated' | 'absent' | 'kept' {
  const { state } = find(own, path, paths)
  const states = { absent: 'absent', current: 'installed', older: 'outdated', changed: 'kept' } as const
  return states[state]
}

function find(own: OwnText, path: string, paths: Paths): Found {
  const file = findFile(path)
  const record = readRecord(paths, file.target)
  const made = record?.made ?? []
  if (file.snapshot === undefined) return { file, state: 'absent', made }
  const { bytes } = file.snapshot
  const text = bytes.toString('utf8')
  if (text === own.text) return { file, state: 'current', made }
  const isOurs = record?.after === hashOf(bytes) || own.isOurs(text)
  return { file, state: isOurs ? 'older' : 'changed', made }
}

/** A file that belongs to us entirely. */
export interface OwnText {
  /** The path below the folder of the installation. */
  readonly file: string
  readonly text: string
  /** Whether one of our installations wrote this text. */
  isOurs(text: string): boolean
}

const SKILL = '.claude/skills/cross-agent-mail/SKILL.md'
const PLUGIN = 'plugins/cross-agent-mail.js'

/** The files that an agent gets in a project, besides its settings. */
export function ownFiles({ name }: Agent): readonly string[] {
  return name === 'claude' ? [SKILL] : name === 'opencode' ? [`.opencode/${PLUGIN}`] : []
}

const COMMAND_LINE = /^const COMMAND = .*$/m

/**
 * The files that an agent gets besides its settings. Claude Code gets a skill. OpenCode gets the plugin that calls
 * `program`; its folder in the home folder differs from its folder in a project.
 */
export async function ownTexts(
  { name }: Agent,
  { program, isHome }: { readonly program: string; readonly isHome: boolean },
): Promise<readonly OwnText[]> {
  if (name === 'claude') {
    const { default: text } = await import('../../../../docs/agents.md?raw')
    return [{ file: SKILL, text, isOurs: (present) => present === text }]
  }
  if (name !== 'opencode') return []
  const { default: template } = await import('./opencode-plugin.js?raw')
  const withLine = (line: string) => template.replace(COMMAND_LINE, () => line)
  return [
    {
      file: `${isHome ? '.config/opencode' : '.opencode'}/${PLUGIN}`,
      text: withLine(`const COMMAND = ${JSON.stringify(program)}`),
      isOurs: (present) => present === withLine(COMMAND_LINE.exec(present)?.[0] ?? ''),
    },
  ]
}
