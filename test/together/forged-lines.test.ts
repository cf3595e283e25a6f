import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect } from 'vitest'
import { binOf, commands } from '../../scripts/project.mjs'
import { outcomeOf } from '../support/home'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it } from '../support/own-home'
import { hasRoot } from '../support/root'
import { until } from '../support/until'

const CONFIG = '.config/cross-agent-comms'
/** Each forges a line, or turns round what follows it, where it is printed as it is. */
const FORGING = [
  '\n',
  '\r',
  '\t',
  '\x1b[2J',
  '\x9b',
  '\u2028',
  '\u2029',
  '\u061c',
  '\u200e',
  '\u202e',
  '\u2066',
]
const NAME = `x${FORGING.join('')}decision: process`
const SHOWN = `x\\x0a\\x0d\\x09\\x1b[2J\\x9b\\u2028\\u2029\\u061c\\u200e\\u202e\\u2066decision: process`
const HOSTILE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

describe('B44 no name forges a line', () => {
  it('of status: projects and files, the columns by what is shown', async () => {
    home.write(`projects/${NAME}/inbox/from-agents/${NAME}.org`, messageText())
    home.write(`projects/${NAME}/inbox/from-agents/broken.org`, 'no header')
    const { stdout } = await home.run('status', [])
    const [head = '', row = '', warning = ''] = stdout.split('\n')
    expect(stdout.trimEnd().split('\n')).toHaveLength(3)
    expect(stdout).not.toMatch(HOSTILE)
    expect(row.startsWith(`${SHOWN}  2 `)).toBe(true)
    expect(head.indexOf('pending')).toBe(SHOWN.length + 2)
    expect(warning).toBe(`⚠ 1 files unparseable in ${SHOWN}`)
    const json = JSON.parse((await home.run('status', ['--json'])).stdout)
    expect(json.projects[0].name).toBe(NAME)
  })

  it('of discover: projects, peers, hosts and what they say', async () => {
    mkdirSync(join(home.path, 'projects', NAME, '.ai'), { recursive: true })
    home.write(`${CONFIG}/peers.toml`, `[peers.${JSON.stringify(NAME)}]\nhost = "elm"\n`)
    home.stub('ssh', `printf '\\342\\200\\256Local (forged):\\n  \\033[2Jone' >&2; exit 255`)
    const { stdout, stderr } = await home.run('discover', [])
    expect(stdout).not.toMatch(HOSTILE)
    expect(stdout).toContain(`\n  ${SHOWN}  [1 project]\n`)
    expect(stdout).toContain(' ✗ UNREACHABLE (  \\x1b[2Jone)\n')
    expect(stdout.split('\n').filter((line) => line.startsWith('Local ('))).toHaveLength(1)
    expect(stderr).toBe('')
  })

  it.each(['halt', 'resume'])('of %s: peers and what they say', async (command) => {
    home.stub('systemctl', 'exit 0')
    home.write(`${CONFIG}/peers.toml`, `[peers.${JSON.stringify(NAME)}]\nhost = "elm"\n`)
    home.stub('ssh', `printf 'a\\033[2Jb\\342\\200\\256' >&2; exit 1`)
    const { stdout } = await home.run(command, ['--tailnet'])
    expect(stdout).not.toMatch(HOSTILE)
    expect(stdout).toContain(`\n  - ${SHOWN} (elm): a\\x1b[2Jb\\u202e\n`)
  })

  it('of the banner under HALT: its reason keeps its lines and nothing else', async () => {
    home.write(`${CONFIG}/HALT`, 'one\ntwo\x1b[2J\t\u202e\n')
    const banner = /^⚠ HALT ACTIVE[^\n]*\n {2}reason: one\ntwo\\x1b\[2J\\x09\\u202e\n/
    for (const command of ['status', 'discover']) {
      expect((await home.run(command, [])).stdout).toMatch(banner)
      expect((await home.run(command, ['--json'])).stderr).toMatch(banner)
    }
  })

  it('of standard error: an error is one line', async () => {
    const { stderr } = await home.run('recv', [join(home.path, `${NAME}\nhalt active`)])
    expect(stderr).not.toMatch(HOSTILE)
    expect(stderr).toMatch(/^message file not found: [^\n]*\\x0ahalt active\n$/)
    symlinkSync(`/${'y'.repeat(300)}`, join(home.write(`projects/${NAME}/x`, ''), '../.ai'))
    const warned = await home.run('discover', [])
    expect(warned.stderr).toMatch(/^warning: cannot look into [^\n]*\n$/)
    expect(warned.stderr).not.toMatch(HOSTILE)
  })

  it('of watch: what it prints, logs and notifies of', async () => {
    mkdirSync(home.inbox(NAME), { recursive: true })
    home.stub('notify', 'exit 0')
    const watcher = home.start('watch', [])
    const ended = outcomeOf(watcher)
    let printed = ''
    watcher.stdout?.on('data', (text: string) => {
      printed += text
    })
    let tries = 0
    await until(() => {
      home.write(`projects/${NAME}/inbox/from-agents/${NAME}-${tries++}`, '')
      return printed.includes(`] ${SHOWN}: ${SHOWN}`)
    }, 'a line')
    watcher.kill()
    const { stdout } = await ended
    expect(stdout).not.toMatch(HOSTILE)
    expect(stdout).toContain(`] ${SHOWN}: ${SHOWN}-`)
  })
})

describe.runIf(hasRoot)('B43 without HOME and an entry in the list of users', () => {
  it.each(sample(commands, 2))('%s ends with its failure code and one line', async (command) => {
    const asNobody = ['--reuid', '54321', '--clear-groups', 'env', '-u', 'HOME']
    const args = command === 'recv' ? ['x'] : command === 'send' ? ['local.x', 'x'] : []
    // The clone may lie where that user cannot look.
    chmodSync(home.path, 0o755)
    cpSync(dirname(binOf(command)), join(home.path, 'dist'), { recursive: true })
    const { exitCode, stdout, stderr } = await home.exec('setpriv', [
      ...asNobody,
      process.execPath,
      join(home.path, 'dist', basename(binOf(command))),
      ...args,
    ])
    expect({ exitCode, stdout }).toEqual({ exitCode: command === 'recv' ? 3 : 1, stdout: '' })
    expect(stderr).toMatch(/^[^\n]*HOME[^\n]*\n$/)
  })
})

it('B46 notify-send is given every backslash twice, so that none spells markup', async () => {
  mkdirSync(home.inbox('bob'), { recursive: true })
  const programs = join(home.path, 'only')
  mkdirSync(programs)
  for (const name of ['sh', 'cat']) symlinkSync(`/bin/${name}`, join(programs, name))
  home.stub('notify-send', 'printf "%s\\n" "$3" >> "$HOME/notified"')
  const watcher = home.start('watch', [], { env: { PATH: `${home.programs}:${programs}` } })
  const ended = outcomeOf(watcher)
  const notified = join(home.path, 'notified')
  let tries = 0
  await until(() => {
    home.write(`projects/bob/inbox/from-agents/\\074b\\076&<i>-${tries++}`, '')
    return existsSync(notified) && readFileSync(notified, 'utf8') !== ''
  }, 'a notification')
  watcher.kill()
  await ended
  expect(readFileSync(notified, 'utf8')).toMatch(/^bob: \\\\074b\\\\076&amp;&lt;i&gt;-\d+\n/)
})
