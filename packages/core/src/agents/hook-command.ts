import { existsSync } from 'node:fs'
import { folderOf } from '../fs/paths'
import { anyShellQuote } from '../text/shell'

/**
 * A script for `/bin/sh -c` that starts the node `$0` with the program `$1`. Agents do not have the PATH of a terminal:
 * a desktop launcher knows no nvm, asdf or mise. An upgrade of node may take away node, or node and program. Then PATH
 * is the best guess. If all is gone, it ends with 1: Gemini CLI takes any higher code for a refusal. It holds no single
 * quote, backslash or exclamation mark, so every login shell reads it alike in single quotes.
 */
export const START =
  '[ -x "$0" ] && [ -e "$1" ] && exec "$0" "$@"; ' +
  '[ -e "$1" ] && command -v node > /dev/null && exec node "$@"; ' +
  'shift; command -v cross-agent-watch > /dev/null && exec cross-agent-watch "$@"; ' +
  'echo "node and cross-agent-watch are gone: install the hooks again" >&2; exit 1'

/** Reads all input, as node would, and ends. */
const LEAVE = 'cat > /dev/null 2>&1; exit 0'

/**
 * What comes before START in hooks that have nothing to do in a run of one prompt (contract C24). Such a run waits for
 * them, and a start of node takes longer than all that the run's other hook does. Each of these may overlook such a run,
 * never take another one for it: what it overlooks, `isOneShot` of the agent sees. The shell's parent is the agent. The
 * words of its command line end with NUL. Only the first one counts, for the others may be anything. Without /proc, or
 * with a sed that knows no NUL, there is none.
 */
export const UNLESS_ONE_SHOT = {
  claude: `case "$CLAUDE_CODE_ENTRYPOINT" in sdk*) ${LEAVE};; esac; `,
  codex: `sed -zn 2p "/proc/$PPID/cmdline" 2> /dev/null | grep -qzxF -e exec -e e -e review && { ${LEAVE}; }; `,
}

/** A hook's command, which holds START, with that before it. */
export function unlessOneShot(agent: keyof typeof UNLESS_ONE_SHOT, command: string): string {
  return command.replace(START, () => `${UNLESS_ONE_SHOT[agent]}${START}`)
}

/** Whether a script is one that starts our hooks. */
export function isStart(script: string | undefined): boolean {
  return script === START || Object.values(UNLESS_ONE_SHOT).some((test) => script === `${test}${START}`)
}

/**
 * A script that lets cross-agent-watch say why tools are refused: `$0` is HALT, `$1` the home, `$2` node, `$3` the
 * program. If it does not start, the script says that itself. It reads all input: agents take an input that they cannot
 * write for a broken hook, and go on.
 */
const SAY =
  'HOME=$1; export HOME; shift; ' +
  '( [ -x "$1" ] && [ -e "$2" ] && exec "$@"; shift; ' +
  '[ -e "$1" ] && command -v node > /dev/null && exec node "$@"; shift; exec cross-agent-watch "$@" ); ' +
  '[ $? -eq 2 ] || echo "halt active: all tools are refused; the reason is in $0" >&2; ' +
  'exec 2> /dev/null; /bin/cat > /dev/null || while read -r line; do :; done'

/** What the line of the brake needs. All paths are absolute. */
export interface BrakeParts {
  readonly haltFile: string
  readonly node: string
  readonly program: string
  readonly agent: string
}

const CAT = '/bin/cat'

/**
 * The line that refuses a tool with exit code 2 while HALT is there (contract C25). sh, bash, dash, zsh, fish and tcsh
 * read it alike. It needs neither PATH nor HOME, and starts node only while halted. Each of its first four steps ends
 * it, if that shows that HALT is surely absent: the folder can be searched and has no HALT, there is no such folder, not
 * even the folder above, or no such home. A colleague has another home, and may get the line by a commit.
 */
export function brakeLine({ haltFile, node, program, agent }: BrakeParts): string {
  const words = [haltFile, folderOf(haltFile), folderOf(folderOf(haltFile))]
  const home = folderOf(words[2] ?? '')
  // The input is read to its end, see SAY. `exec` starts no process of its own.
  const leave = existsSync(CAT) ? `exec ${CAT} > /dev/null` : 'exit 0'
  return lineOf({
    halt: anyShellQuote(haltFile),
    folder: anyShellQuote(words[1] ?? ''),
    above: anyShellQuote(words[2] ?? ''),
    home: anyShellQuote(home),
    node: anyShellQuote(node),
    program: anyShellQuote(program),
    agent,
    leave,
  })
}

interface Words {
  readonly halt: string
  readonly folder: string
  readonly above: string
  readonly home: string
  readonly node: string
  readonly program: string
  readonly agent: string
  readonly leave: string
}

function lineOf({ halt, folder, above, home, node, program, agent, leave }: Words): string {
  const isAbsent = (path: string) => `test ! -e ${path} && test ! -L ${path}`
  return [
    `${isAbsent(halt)} && test -x ${folder} && ${leave}`,
    `${isAbsent(folder)} && test -x ${above} && ${leave}`,
    `${isAbsent(above)} && test -x ${home} && ${leave}`,
    `${isAbsent(home)} && ${leave}`,
    `/bin/sh -c '${SAY}' ${halt} ${home} ${node} ${program} --hook ${agent} --brake`,
    'exit 2',
  ].join('; ')
}

const QUOTED = String.raw`(?:'[^']*'|"'"|"\\\\")+`

/** Whether a command is a line of the brake, with whatever paths. A line that does anything else is not. */
export function isBrakeLine(command: string): boolean {
  if (!command.startsWith('test ! -e ')) return false
  const word = '\0'
  const form = lineOf({
    halt: word,
    folder: word,
    above: word,
    home: word,
    node: word,
    program: word,
    agent: '\x01',
    leave: '\x02',
  })
  const pattern = form
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('\0', QUOTED)
    .replaceAll('\x01', '[a-z]+')
    .replaceAll('\x02', '(?:exec /bin/cat > /dev/null|exit 0)')
  return new RegExp(`^${pattern}$`).test(command)
}
