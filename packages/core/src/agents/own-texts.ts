import type { Agent } from './agent'

/** A file that is ours as a whole. */
export interface OwnText {
  /** Below the folder that it is installed in. */
  readonly file: string
  readonly text: string
  /** Whether some installation of ours has written this text. */
  isOurs(text: string): boolean
}

const SKILL = '.claude/skills/cross-agent-mail/SKILL.md'
const PLUGIN = 'plugins/cross-agent-mail.js'

/** The files that an agent gets in a project, beside its settings. */
export function ownFiles({ name }: Agent): readonly string[] {
  return name === 'claude' ? [SKILL] : name === 'opencode' ? [`.opencode/${PLUGIN}`] : []
}

const COMMAND_LINE = /^const COMMAND = .*$/m

/**
 * The files that an agent gets beside its settings: Claude Code a skill, OpenCode the plugin that calls `program`.
 * In the home folder OpenCode looks elsewhere than in a project.
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
