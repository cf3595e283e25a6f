import { existsSync } from 'node:fs'
import { joinPath } from '../fs/paths'
import { toPath } from '../text/raw-name'
import type { AgentName } from './agent'
import type { JsonRule } from './json-rules'

/** The commands that run without a question, with any options (contract C26). Never resume, watch or halt. */
const COMMANDS = ['cross-agent-send', 'cross-agent-recv', 'cross-agent-status']
/** discover adds machines and projects with other options, so only these exact lines are allowed. */
const EXACT_LINES = [
  'cross-agent-discover',
  'cross-agent-discover --json',
  'cross-agent-discover --enumerate-remote',
]

/** The JSON file with an agent's rules. */
export interface RulesFile {
  readonly path: string
  readonly rules: readonly JsonRule[]
  /** What a new file begins with, as JSON. */
  readonly initial: string
}

/** Where rules are kept: in a home, for all projects, or in a project. */
export interface RulesPlace {
  readonly folder: string
  readonly isHome: boolean
}

/** The JSON file that gets an agent's rules. Undefined if the agent keeps them in a file of its own kind. */
export function rulesFile(agent: AgentName, place: RulesPlace): RulesFile | undefined {
  const { folder, isHome } = place
  if (agent === 'claude') {
    const file = isHome ? '.claude/settings.json' : '.claude/settings.local.json'
    return { path: joinPath(folder, file), rules: claudeRules(), initial: '{}' }
  }
  if (agent === 'cursor') {
    const file = isHome ? '.cursor/cli-config.json' : '.cursor/cli.json'
    return { path: joinPath(folder, file), rules: cursorRules(), initial: isHome ? CURSOR_INITIAL : '{}' }
  }
  if (agent === 'opencode') return { path: openCodeFile(place), rules: openCodeRules(), initial: '{}' }
  return undefined
}

/** https://code.claude.com/docs/en/permissions and https://code.claude.com/docs/en/sandboxing */
function claudeRules(): JsonRule[] {
  const patterns = [...COMMANDS.map((command) => `${command}:*`), ...EXACT_LINES]
  return [
    ...patterns.map((pattern): JsonRule => ({ at: ['permissions', 'allow'], rule: `Bash(${pattern})` })),
    ...patterns.map((pattern): JsonRule => ({ at: ['sandbox', 'excludedCommands'], rule: pattern })),
  ]
}

/** https://cursor.com/docs/cli/reference/permissions: a rule names a command, so no line of discover is exact. */
function cursorRules(): JsonRule[] {
  return COMMANDS.map((command) => ({ at: ['permissions', 'allow'], rule: `Shell(${command})` }))
}

/** The members that Cursor requires in cli-config.json. */
const CURSOR_INITIAL = `{
  "version": 1,
  "editor": { "vimMode": false },
  "permissions": { "allow": [], "deny": [] }
}`

/**
 * https://opencode.ai/docs/permissions: the last rule that matches decides, and `x *` also means `x`. It matches a
 * command with its redirections, so lines that write files are asked about.
 */
function openCodeRules(): JsonRule[] {
  const rule = (pattern: string, value: string): JsonRule => ({
    at: ['permission', 'bash'],
    rule: pattern,
    value,
  })
  return [
    ...COMMANDS.map((command) => rule(`${command} *`, 'allow')),
    ...EXACT_LINES.map((line) => rule(line, 'allow')),
    ...COMMANDS.map((command) => rule(`${command} *>*`, 'ask')),
  ]
}

function openCodeFile({ folder, isHome }: RulesPlace): string {
  const file = joinPath(folder, isHome ? '.config/opencode/opencode.json' : 'opencode.json')
  return existsSync(toPath(`${file}c`)) && !existsSync(toPath(file)) ? `${file}c` : file
}

/** A file that only holds our rules, below the folder of the installation. */
export interface RulesText {
  readonly file: string
  readonly text: string
  /** The rules, for people. */
  readonly rules: readonly string[]
}

const HEAD = (agent: AgentName) => `# Lets agents send, receive and look at mail without a question.
# Written by: cross-agent-watch --hook ${agent} --install --allow
# Taken away by: cross-agent-watch --hook ${agent} --remove
`

/** The file that an agent reads rules from, if it is a file of its own. */
export function rulesText(agent: AgentName): RulesText | undefined {
  if (agent === 'codex') return codexRules()
  return agent === 'gemini' ? geminiRules() : undefined
}

/** https://developers.openai.com/codex/rules: a rule is a prefix, so it cannot allow single lines of discover. */
function codexRules(): RulesText {
  const rule = (command: string) => `
prefix_rule(
    pattern = ["${command}"],
    decision = "allow",
    match = ["${command}", "${command} --help"],
    not_match = ["cross-agent-resume", "cross-agent-discover --add mill"],
)
`
  return {
    file: '.codex/rules/cross-agent-comms.rules',
    text: HEAD('codex') + COMMANDS.map(rule).join(''),
    rules: COMMANDS.map((command) => `prefix_rule ${command}`),
  }
}

/** https://geminicli.com/docs/reference/policy-engine: it judges each command of a line, and asks at redirections. */
function geminiRules(): RulesText {
  const rule = (condition: string) => `
[[rule]]
toolName = "run_shell_command"
${condition}
decision = "allow"
priority = 100
`
  const prefixes = COMMANDS.map((command) => `commandPrefix = "${command}"`)
  // The pattern goes on from `"command":"`, so the quote is the end of the line.
  const exact = EXACT_LINES.map((line) => `commandRegex = '${line}"'`)
  return {
    file: '.gemini/policies/cross-agent-comms.toml',
    text: HEAD('gemini') + [...prefixes, ...exact].map(rule).join(''),
    rules: [
      ...COMMANDS.map((command) => `commandPrefix ${command}`),
      ...EXACT_LINES.map((line) => `exactly ${line}`),
    ],
  }
}
