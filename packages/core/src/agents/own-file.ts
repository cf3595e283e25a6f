import type { Paths } from '../fs/paths'
import type { Agent } from './agent'
import { rulesText } from './allow-rules'
import { hashOf, readRecord, removeRecord, writeRecord } from './hook-record'
import { type FoundFile, findFile, removeEmptyFolders, removeFile, replaceFound } from './kept-file'
import { type HookProgram, startWords } from './our-hooks'

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
  /** What the file is for, if it is only written when it is asked for. */
  readonly extra?: 'brake' | 'rules'
  /** What the file allows, for people. */
  readonly rules?: readonly string[]
}

const SKILL = '.claude/skills/cross-agent-mail/SKILL.md'
const PLUGIN = 'plugins/cross-agent-mail.js'
const BRAKE_PLUGIN = 'plugins/cross-agent-brake.js'

/** The files that an agent gets in a project, besides its settings. */
export function ownFiles({ name }: Agent): readonly string[] {
  return name === 'claude' ? [SKILL] : name === 'opencode' ? [`.opencode/${PLUGIN}`] : []
}

const COMMAND_LINE = /^const COMMAND = .*$/m
const BEFORE_LINE = /^const BEFORE = .*$/m
const HALT_LINE = /^const HALT = .*$/m

export interface OwnPlace {
  readonly program: HookProgram
  readonly haltFile: string
  readonly isHome: boolean
}

/**
 * The files that an agent gets besides its settings. Claude Code gets a skill. OpenCode gets the plugin that calls
 * `program`, and the plugin of the brake; its folder in the home folder differs from its folder in a project. Codex and
 * Gemini CLI get a file of rules.
 */
export async function ownTexts(agent: Agent, place: OwnPlace): Promise<readonly OwnText[]> {
  const rules = rulesText(agent.name)
  const texts = await mailTexts(agent, place)
  return rules === undefined
    ? texts
    : [...texts, { ...rules, extra: 'rules', isOurs: (present) => present === rules.text }]
}

async function mailTexts(
  { name }: Agent,
  { program, haltFile, isHome }: OwnPlace,
): Promise<readonly OwnText[]> {
  if (name === 'claude') {
    const { default: text } = await import('../../../../docs/agents.md?raw')
    return [{ file: SKILL, text, isOurs: (present) => present === text }]
  }
  if (name !== 'opencode') return []
  const folder = isHome ? '.config/opencode' : '.opencode'
  const { default: mail } = await import('./opencode-plugin.js?raw')
  const { default: brake } = await import('./opencode-brake.js?raw')
  const [command, ...before] = startWords(program)
  const mailLines = [`const COMMAND = ${JSON.stringify(command)}`, `const BEFORE = ${JSON.stringify(before)}`]
  return [
    pluginText(`${folder}/${PLUGIN}`, mail, [COMMAND_LINE, BEFORE_LINE], mailLines),
    {
      ...pluginText(
        `${folder}/${BRAKE_PLUGIN}`,
        brake,
        [HALT_LINE],
        [`const HALT = ${JSON.stringify(haltFile)}`],
      ),
      extra: 'brake',
    },
  ]
}

/** A plugin with some of its lines replaced. It is ours whatever these lines say. */
function pluginText(
  file: string,
  template: string,
  lines: readonly RegExp[],
  values: readonly (string | undefined)[],
): OwnText {
  const filled = (texts: readonly (string | undefined)[]) =>
    lines.reduce((text, line, at) => text.replace(line, () => texts[at] ?? ''), template)
  const isOurs = (present: string) => present === filled(lines.map((line) => line.exec(present)?.[0]))
  return { file, text: filled(values), isOurs }
}
