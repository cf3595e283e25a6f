import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { type Outcome, outcomeOf } from '../support/home'
import { sign } from '../support/inbox'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'
import { asRaw, commandLine, execRaw, raw } from '../support/raw'
import { hasRoot } from '../support/root'
import { until } from '../support/until'

// All names in here are text of which each character is one byte, see support/raw.ts.
const FIRST = '20260427T091142Z-from-caf\xe9-talk.org'
const SECOND = '20260427T091143Z-from-caf\xe9-talk.org'
const reference = process.env.CROSS_AGENT_REFERENCE

let inbox: string
beforeEach(() => {
  inbox = asRaw(home.inbox('bob'))
  mkdirSync(raw(inbox), { recursive: true })
})

const ours = (command: string, args: readonly string[], env: Record<string, string> = {}) =>
  execRaw(home, process.execPath, [binOf(command), ...args], { cwd: '/tmp', env })
const script = (command: string, args: readonly string[]) =>
  execRaw(home, join(reference ?? '', `cross-agent-${command}`), args, {
    cwd: '/tmp',
    env: { PATH: `${home.programs}:/usr/bin:/bin` },
  })
const put = (path: string, content: string | Buffer = messageText()) => {
  mkdirSync(raw(path.slice(0, path.lastIndexOf('/'))), { recursive: true })
  writeFileSync(raw(path), content)
  return path
}
const names = (folder: string) =>
  readdirSync(raw(folder), { encoding: 'buffer' }).map((name) => name.toString('latin1'))

/** Ours, compared in exit code and output with the script where there is one; `times` are of the run. */
async function asTheScript(command: string, args: readonly string[]): Promise<Outcome> {
  const here = await ours(command, args)
  if (reference === undefined) return here
  const there = await script(command, args)
  const withoutTimes = ({ exitCode, stdout }: Outcome) => ({
    exitCode,
    stdout: stdout.replace(
      /"scanned_at": "[^"]+"|\d{8}T\d{6}Z(?=-from-tmp)|"age_seconds": \d+|\(\d+s ago\)/g,
      '',
    ),
  })
  expect(withoutTimes(here)).toEqual(withoutTimes(there))
  return here
}

describe('a message whose name is not UTF-8', () => {
  itLong('is decided on, verified, and known again as a copy', async () => {
    await home.makeKey()
    const file = put(`${inbox}/${FIRST}`)
    const signature = join(home.path, 'signature')
    const message = home.write('message.org', messageText())
    expect(
      (await home.exec('gpg', ['--detach-sign', '--armor', '--output', signature, message])).exitCode,
    ).toBe(0)
    put(`${file}.asc`, readFileSync(signature))
    expect(await asTheScript('recv', ['--json', file])).toMatchObject({ exitCode: 0, stderr: '' })

    put(`${inbox}/${SECOND}`)
    put(`${inbox}/${SECOND}.asc`, readFileSync(signature))
    expect(await asTheScript('recv', [`${inbox}/${SECOND}`])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining(`reason: identical retry of ${FIRST}\n`),
    })
    expect((await ours('recv', [file])).exitCode).toBe(0)

    put(file, messageText({}, 'Tampered.\n'))
    const tampered = await ours('recv', [file])
    expect(tampered).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('reason: gpg verify failed: '),
    })
  })

  it('is one copy among others, plain names too: exactly one of them is processed', async () => {
    const copies = [
      'x.org',
      'x\xe9.org',
      'x\xff.org',
      'x\xe9\xff.org',
      'x\xc3\xa9.org',
      'x\xef\xbf\xbd.org',
      FIRST,
      SECOND,
    ]
    for (const name of copies) put(`${inbox}/${name}`)
    for (const name of copies) utimesSync(raw(`${inbox}/${name}`), 1_777_000_000, 1_777_000_000)
    const exits = await Promise.all(
      copies.map(async (name) => (await ours('recv', ['--no-verify', `${inbox}/${name}`])).exitCode),
    )
    expect(exits.filter((exit) => exit === 0)).toHaveLength(1)
    expect(exits.filter((exit) => exit === 1)).toHaveLength(copies.length - 1)
    expect(exits[copies.indexOf(FIRST)]).toBe(0)
  })

  itLong('that is not there, has no signature, or cannot be read is told of as the script does', async () => {
    const file = put(`${inbox}/${FIRST}`)
    expect(await asTheScript('recv', [file])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining(`reason: signature file missing: ${FIRST}.asc\n`),
    })
    expect(await asTheScript('recv', [`${inbox}/none\xff.org`])).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: `message file not found: ${inbox}/none\\xff.org\n`,
    })
    expect(
      await asTheScript('recv', ['--no-verify', '--json', '--protocol-version', '\xff', file]),
    ).toMatchObject({
      exitCode: 2,
      stdout: expect.stringContaining('expected \\udcff, got 5'),
    })
  })

  it('is sent, signed and with its real bytes', async () => {
    await home.makeKey()
    const file = put(`${asRaw(home.path)}/out\xff.org`)
    const temp = join(home.path, 'temp')
    mkdirSync(temp)
    const sent = await ours('send', ['local.bob', file], { TMPDIR: temp })
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    const path = sent.stdout.slice('sent: '.length, -1)
    expect(readFileSync(path, 'utf8')).toBe(messageText())
    expect((await ours('recv', [path])).exitCode).toBe(0)
    expect(readdirSync(temp)).toEqual([])
    expect(await asTheScript('send', ['local.bob', `${asRaw(home.path)}/none\xff.org`])).toMatchObject({
      exitCode: 1,
    })
  })

  itLong('counts for the advice on SEQUENCE', async () => {
    await home.makeKey()
    const file = put(`${asRaw(home.path)}/n.org`, messageText({ SEQUENCE: '7' }))
    await sign(home, file)
    for (const end of ['', '.asc']) put(`${inbox}/x\xff.org${end}`, readFileSync(raw(file + end)))
    const { stderr } = await ours('send', ['--no-sign', 'local.bob', put(`${asRaw(home.path)}/m.org`)])
    expect(stderr).toContain('the highest seen in conversation talk is 7; the next would be 8')
  })
})

describe('a project whose name is not UTF-8', () => {
  itLong('is shown by status and discover, whatever the question', async () => {
    const projects = `${asRaw(home.path)}/projects`
    for (const [index, name] of [
      'caf\xe9',
      'b\xff',
      'plain',
      '\xf0\x9f\x98\x80',
      '\xee\x80\x80',
      '\xed\xb3\xbf',
      '-\xff',
    ].entries()) {
      const file = put(`${projects}/${name}/inbox/from-agents/m\xfe.org`)
      utimesSync(raw(file), 1_777_000_000 + index * 60, 1_777_000_000 + index * 60)
      mkdirSync(raw(`${projects}/${name}/.ai`))
    }
    for (const args of [
      [],
      ['--json'],
      ['--projects-glob', `${projects}/caf\xe9/inbox/from-agents/`],
      ['--projects-glob', `${projects}/[!p]*/inbox/from-agents/`],
      ['--projects-glob', `${projects}/*\xff/inbox/*`],
    ]) {
      const shown = await asTheScript('status', args)
      expect(shown).toMatchObject({ exitCode: 0, stderr: '' })
      expect(shown.stdout.match(/^(\S+) +1 |"name"/gm)?.length ?? 0, args.join(' ')).toBeGreaterThan(0)
    }
    expect((await ours('status', [])).stdout).toMatch(/^caf\xe9 +1 +m\xfe\.org \(/m)
    expect((await asTheScript('discover', ['--no-cache'])).stdout).toContain('b\xff, caf\xe9, plain')
    expect((await asTheScript('discover', ['--no-cache', '--json'])).stdout).toContain('"caf\\udce9"')
  })

  it('is sent to, and sent from', async () => {
    const file = put(`${asRaw(home.path)}/m.org`)
    const project = `${asRaw(home.path)}/projects/caf\xe9`
    mkdirSync(raw(project), { recursive: true })
    const there = await asTheScript('send', ['--no-sign', 'local.caf\xe9', file])
    const delivered = there.stdout.slice('sent: '.length, -1)
    expect(delivered.startsWith(`${project}/inbox/from-agents/`)).toBe(true)
    expect(readFileSync(raw(delivered), 'utf8')).toBe(messageText())

    const line = commandLine(process.execPath, [binOf('send'), '--no-sign', 'local.bob', file])
    const from = await outcomeOf(
      home.spawn('bash', ['-c', `cd "$HOME/projects/"$'caf\\xe9' && ${line}`]),
      'latin1',
    )
    expect(from.stdout).toMatch(/-from-caf\xe9-talk\.org\n$/)
    expect(names(inbox)).toEqual([expect.stringMatching(/-from-caf\xe9-talk\.org$/)])
  })

  it('on a peer is refused: no program that goes there could be given its name', async () => {
    home.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\n')
    for (const name of ['ssh', 'rsync']) home.stub(name, 'touch "$HOME/called"')
    const file = put(`${asRaw(home.path)}/m.org`)
    expect(await ours('send', ['--no-sign', 'velox.caf\xe9', file])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^the name of a peer's project must be UTF-8; got 'caf\\udce9'\n[^\n]+\n$/,
      ),
    })
    expect(existsSync(join(home.path, 'called'))).toBe(false)
  })
})

describe('a watcher', () => {
  const log = () => {
    const file = join(home.path, '.local/state/cross-agent-comms/watch.log')
    return existsSync(file) ? readFileSync(file, 'latin1').trimEnd().split('\n') : []
  }
  const told = () =>
    log()
      .map((line) => line.split('\t').slice(1).join(' '))
      .filter((line) => !line.includes('probe'))

  /** Tells of `files` while the watcher runs; each must have been told of once, with its own bytes. */
  const watchWhile = async (env: Record<string, string>, files: readonly string[]) => {
    home.stub('notify', 'printf "%s\\n" "$3" >> "$HOME/notified"')
    const child = home.start('watch', [], { env })
    const ended = outcomeOf(child, 'latin1')
    await until(() => {
      put(`${inbox}/probe-${Date.now()}`)
      return log().length > 0
    }, 'the watcher is ready')
    for (const file of files) put(file)
    await until(() => told().length >= files.length, 'each file is told of')
    // The look that tells of it sees the whole folder: it would tell again what is told twice.
    put(`${inbox}/probe-last`)
    await until(() => log().some((line) => line.includes('probe-last')), 'another look')
    child.kill('SIGTERM')
    return ended
  }

  it.each(
    sample(
      [
        ['inotifywait', () => ({})],
        ['what node has built in', () => ({ PATH: home.programs })],
      ],
      1,
    ),
  )('by %s announces names that are not UTF-8, with their own bytes', async (_, env) => {
    const files = [FIRST, 'x\xff.org', 'x\xfe.org', 'x\xef\xbf\xbd.org', 'new\n\xffline.org'].map(
      (name) => `${inbox}/${name}`,
    )
    const shown = await watchWhile(env(), files)
    const lines = files.map((file) => `bob ${file.slice(inbox.length + 1).replace('\n', '\\x0a')}`)
    expect(told().sort()).toEqual(lines.sort())
    for (const line of lines) expect(shown.stdout).toContain(`] ${line.replace(' ', ': ')}\n`)
    expect(shown.stderr).toBe('')
    // No argument of a program can hold such bytes: the notification shows them.
    expect(readFileSync(join(home.path, 'notified'), 'latin1')).toContain('bob: x\\xff.org\n')
  })

  itLong('watches projects whose names are not UTF-8 like others', async () => {
    const odd = `${asRaw(home.path)}/projects/caf\xe9/inbox/from-agents`
    mkdirSync(raw(odd), { recursive: true })
    const shown = await watchWhile({}, [`${odd}/m\xe9.org`, `${inbox}/m.org`, `${odd}/m.org`])
    expect(told().sort()).toEqual(['bob m.org', 'caf\xe9 m.org', 'caf\xe9 m\xe9.org'])
    expect(shown).toMatchObject({ stdout: expect.stringContaining('watching 2 dir(s)'), stderr: '' })
  })
})

describe('a home whose name is not UTF-8', () => {
  itLong('ends every command with one line and its own exit code, before anything is done', async () => {
    const odd = `${asRaw(home.path)}/h\xff`
    mkdirSync(raw(`${odd}/.config/cross-agent-comms`), { recursive: true })
    put(`${odd}/.config/cross-agent-comms/HALT`, 'stop\n')
    const message = put(`${inbox}/m.org`)
    for (const [command, args, exitCode] of [
      ['send', ['--no-sign', 'local.bob', message], 1],
      ['recv', ['--no-verify', message], 3],
      ['status', [], 1],
      ['discover', [], 1],
      ['halt', ['x'], 1],
      ['resume', [], 1],
      ['watch', [], 1],
    ] as const) {
      const line = `export HOME=$'${odd.replace('\xff', '\\xff')}'; ${commandLine(process.execPath, [binOf(command), ...args])}`
      const outcome = await outcomeOf(home.spawn('bash', ['-c', line]), 'latin1')
      expect(outcome, command).toMatchObject({
        exitCode,
        stdout: '',
        stderr: expect.stringMatching(/^HOME is not UTF-8: [^\n]+\ngive that folder another name\n$/),
      })
    }
    expect(names(asRaw(home.path)).sort()).toEqual(['h\xff', 'projects'])
    expect(names(odd)).toEqual(['.config'])
  })
})

it('bytes that are not UTF-8 never reach a terminal', async () => {
  put(`${inbox}/\x9b31m\xff.org`)
  const line = `${process.execPath} ${binOf('status')}`
  const { stdout } = await outcomeOf(home.spawn('script', ['-qec', line, '/dev/null']), 'latin1')
  expect(stdout).toContain('\\x9b31m\\xff.org (')
})

it.runIf(hasRoot)(
  'where the system does not tell the bytes of arguments, a hint says what to do',
  async () => {
    const file = put(`${inbox}/${FIRST}`)
    for (const [command, args, exitCode] of [
      ['recv', ['--no-verify', file], 3],
      ['send', ['--no-sign', 'local.bob', file], 1],
    ] as const) {
      const line = `mount -t tmpfs tmpfs /proc && ${commandLine(process.execPath, [binOf(command), ...args])}`
      const outcome = await outcomeOf(home.spawn('unshare', ['--mount', 'bash', '-c', line]))
      expect(outcome).toMatchObject({
        exitCode,
        stdout: '',
        stderr: expect.stringMatching(
          /^message file not found: [^\n]+\nif its name is not UTF-8, rename it: it cannot be named here\n$/,
        ),
      })
    }
  },
)
