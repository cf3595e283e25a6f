import { join } from 'node:path'
import { root } from '../../scripts/project.mjs'
import type { Home } from './home'

/** What a shell offers for a line that is typed so far, the last word half. Real shells, of the built scripts. */
const script = (shell: string) => join(root, `packages/send/dist/completion/cross-agent.${shell}`)

const BASH = `
. "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_cross_agent "$1" "\${!#}" "" 2> /dev/null
# As readline would put it in, behind a quote that is open, and as the command would get it then.
case "\${!#}" in \\'*) quote=\\' ;; \\"*) quote=\\" ;; *) quote= ;; esac
for word in "\${COMPREPLY[@]}"; do eval "set -- $quote$word$quote"; printf '%s\\0' "$1"; done`

/** The words that the command would get, by bash, whose words `words` are as they are typed. */
export async function bashOffers(home: Home, cwd: string, ...words: string[]): Promise<string[]> {
  const { stdout, stderr } = await home.exec('bash', ['-c', BASH, 'bash', script('bash'), ...words], { cwd })
  if (stderr !== '') throw new Error(stderr)
  return [...new Set(stdout.split('\0').slice(0, -1))]
}

/** The line after a TAB, by zsh. */
export async function zshLine(home: Home, cwd: string, line: string): Promise<string> {
  const harness = join(root, 'test/support/one-tab.zsh')
  const { stdout } = await home.exec('zsh', ['-f', harness, script('zsh'), line], { cwd })
  return stdout.replace(/\n$/, '')
}

/**
 * What fish offers, without descriptions: what begins with the half-typed word, for version 4 also lists words that
 * only have its letters in their order.
 */
export async function fishOffers(home: Home, cwd: string, line: string): Promise<string[]> {
  const args = ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script('fish'), line]
  const { stdout } = await home.exec('fish', args, { cwd, env: { TERM: 'dumb' } })
  const typed = (line.split(' ').at(-1) ?? '').replace(/^['"]/, '')
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((row) => row.split('\t', 1)[0] ?? '')
    .filter((offer) => offer.startsWith(typed))
}
