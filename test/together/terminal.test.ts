import { mkdirSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { itLong, sample } from '../support/long'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

/** Runs a command on a terminal of its own; what it says there, on whichever stream. */
async function onTerminal(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const line = [process.execPath, binOf(command), ...args].map(quoted).join(' ')
  const { stdout } = await home.exec('script', ['-qefc', line, '/dev/null'], {
    env: { TERM: 'xterm', ...env },
  })
  return stdout.replaceAll('\r\n', '\n')
}
const GREEN = '\x1b[32m✓\x1b[0m'
const RED = '\x1b[31m✗\x1b[0m'

beforeAll(() => {
  mkdirSync(home.inbox('bob'), { recursive: true })
  home.write('.config/cross-agent-comms/peers.toml', '[peers.elm]\n[peers.oak]\n')
  // Both answer only when the other has been asked: both are waited for at one moment.
  home.stub(
    'ssh',
    `case "$*" in *elm*) me=elm other=oak ;; *) me=oak other=elm ;; esac
mkdir -p "$HOME/asked"; touch "$HOME/asked/$me"
until [ -e "$HOME/asked/$other" ]; do sleep 0.02; done
[ $me = elm ] && exit 255
for last; do :; done; exec sh -c "$last"`,
  )
})

describe('on a terminal', () => {
  it('marks are in colour, and it is said who is waited for until the answers are there', async () => {
    const said = await onTerminal('discover', ['--no-cache'])
    expect(said).toContain(`${GREEN} reachable`)
    expect(said).toContain(`${RED} UNREACHABLE`)
    expect(said).toContain('\r\x1b[K0 of 2 peers asked; waiting for elm, oak (at most 5 s)')
    // The last of the lines is removed before the table comes.
    const [live = '', table = ''] = said.split('Local (')
    expect(live).toMatch(/\r\x1b\[K$/)
    expect(table).not.toContain('waiting for')
  })

  it.each(
    sample(
      [
        ['NO_COLOR', { NO_COLOR: '1' }],
        ['a terminal that can do nothing', { TERM: 'dumb' }],
      ],
      1,
    ),
  )('without colour where there is %s', async (_, env) => {
    expect(await onTerminal('discover', ['--no-cache'], env)).not.toContain('\x1b[3')
  })

  itLong('a halt has colours too', async () => {
    expect(await onTerminal('halt', ['--no-stop-watcher'])).toContain(GREEN)
    expect(await onTerminal('status', [])).toContain('\x1b[33m⚠\x1b[0m HALT ACTIVE')
    await home.run('resume', [])
  })
})

it('into a pipe nothing of that goes', async () => {
  const { stdout, stderr } = await home.run('discover', ['--no-cache'], { env: { TERM: 'xterm' } })
  expect(stdout + stderr).not.toContain('\x1b')
  expect(stdout).toContain('✓ reachable')
})
