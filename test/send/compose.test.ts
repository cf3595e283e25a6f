import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { outcomeOf } from '../support/home'
import { put, putSigned, sign } from '../support/inbox'
import { isLong, LONGER, sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

beforeEach(async () => {
  for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
})

const mill = () => ({ cwd: join(home.path, 'projects/mill') })
const send = (...args: string[]) => home.run('send', args, mill())
const unsigned = (...args: string[]) => send(...args, '--no-sign')
const messages = (project: string) => readdirSync(home.inbox(project)).filter((name) => name.endsWith('.org'))
const only = (project: string) => {
  expect(messages(project)).toHaveLength(1)
  return readFileSync(join(home.inbox(project), messages(project)[0] ?? ''), 'utf8')
}
/** Sends what standard input says. */
const piped = (input: string | Uint8Array, ...args: string[]) =>
  spawnSync(process.execPath, [binOf('send'), ...args], {
    ...mill(),
    env: home.env,
    input,
    encoding: 'utf8',
  })
const nothingSent = () => {
  expect(readdirSync(home.inbox('bakery'))).toEqual([])
  expect(readdirSync(join(home.path, 'projects')).sort()).toEqual(['bakery', 'mill'])
}

describe('C9 composing', () => {
  it('C9 C11 C16 one line sends a signed request with its header made', async () => {
    await home.makeKey()
    const sent = await send('bakery', '-m', 'Three sacks, please.')
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    const path = sent.stdout.trim().replace(/^sent: /, '')
    expect(path).toMatch(/\/bakery\/inbox\/from-agents\/\d{8}T\d{6}Z-from-mill-three-sacks-please\.org$/)
    expect(readFileSync(path, 'utf8')).toMatch(
      new RegExp(
        [
          '^#\\+TITLE: Three sacks, please\\.',
          '#\\+CONVERSATION_ID: three-sacks-please',
          '#\\+MESSAGE_TYPE: request',
          '#\\+SEQUENCE: 1',
          '#\\+TIMESTAMP: \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d',
          '#\\+PROTOCOL_VERSION: 5',
          `#\\+FROM: ${home.machine}\\.mill`,
          `#\\+TO: ${home.machine}\\.bakery`,
          '',
          'Three sacks, please\\.\n$',
        ].join('\n'),
      ),
    )
    expect(await home.run('recv', [path])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('process'),
    })
  })

  const reference = process.env.CROSS_AGENT_REFERENCE
  it.runIf(isLong && reference !== undefined)(
    'C9 C4 the scripts process what was composed',
    LONGER,
    async () => {
      await home.makeKey()
      const front = home.write('front.md', '---\ntitle: Note\ntags: [a, b]\n---\nText.\n')
      for (const args of [
        ['bakery', '-m', 'Ärger\n#+TITLE: not this'],
        ['bakery', front, '--type', 'query'],
      ]) {
        const sent = await send(...args)
        expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
        const path = sent.stdout.trim().replace(/^sent: /, '')
        const script = join(reference ?? '', 'cross-agent-recv')
        expect(await home.exec(script, [path])).toMatchObject({ exitCode: 0 })
      }
    },
  )

  it('C9 flags decide what they are for', async () => {
    const args = ['--title', 'Flour', '--type', 'query', '--conversation', 'sacks', '-m', 'Three?\n']
    expect(await unsigned('local.bakery', ...args)).toMatchObject({ exitCode: 0 })
    const text = only('bakery')
    expect(text).toMatch(/^#\+TITLE: Flour\n#\+CONVERSATION_ID: sacks\n#\+MESSAGE_TYPE: query\n/)
    expect(text).toMatch(/\n\nThree\?\n$/)
  })

  it('C9 the sequence and the conversation know both inboxes and what is done', async () => {
    await home.makeKey()
    const line = async (file: string, CONVERSATION_ID: string, SEQUENCE: string) => {
      const name = `20260101T000000Z-from-x-${CONVERSATION_ID}.org`
      await sign(home, home.write(`projects/${file}/${name}`, messageText({ CONVERSATION_ID, SEQUENCE })))
    }
    await line('mill/inbox/from-agents/done', 'sacks', '41')
    await line('bakery/inbox/from-agents', 'flour', '7')
    await unsigned('bakery', '--conversation', 'sacks', '-m', 'x')
    await unsigned('bakery', '-m', 'Flour')
    await unsigned('bakery', '--conversation', 'flour', '-m', 'y')
    const header = (end: string) =>
      readFileSync(
        join(home.inbox('bakery'), messages('bakery').find((name) => name.endsWith(end)) ?? ''),
        'utf8',
      )
    expect(header('-mill-sacks.org')).toContain('#+SEQUENCE: 42\n')
    expect(header('-mill-flour-2.org')).toContain('#+SEQUENCE: 1\n')
    expect(header('-mill-flour.org')).toContain('#+SEQUENCE: 8\n')
  })

  itLong('B65 C9 what nobody signed chooses no number', async () => {
    await home.makeKey()
    const name = (second: number) => `20260101T00000${second}Z-from-x-talk.org`
    const answered = await putSigned(home, 'mill', name(1), messageText())
    const junk = (SEQUENCE: string) => {
      for (const project of ['mill', 'bakery']) put(home, project, name(2), messageText({ SEQUENCE }))
    }
    const numberOf = async (...args: string[]) => {
      const { exitCode, stdout } = await send(...args, '--dry-run')
      return `${exitCode} ${/^#\+SEQUENCE: (.*)$/m.exec(stdout)?.[1]}`
    }
    for (const sequence of ['9'.repeat(4300), '7', '-5']) {
      junk(sequence)
      expect(await numberOf('bakery', '--conversation', 'talk', '-m', 'x')).toBe('0 2')
    }
    expect(await numberOf('--reply-to', answered, 'bakery', '-m', 'x')).toBe('0 2')
    // Who has a trusted key lies.
    await putSigned(home, 'mill', name(3), messageText({ SEQUENCE: '9'.repeat(4300) }))
    expect(await numberOf('--reply-to', join(home.inbox('mill'), name(3)), 'bakery', '-m', 'x')).toBe('0 2')
    await putSigned(home, 'mill', name(4), messageText({ CONVERSATION_ID: 'low', SEQUENCE: '-5' }))
    expect(await numberOf('bakery', '--conversation', 'low', '-m', 'x')).toBe('0 1')
  })

  it.each(
    sample(
      [
        ['-$(touch x) `y` "z" \\n', '-$(touch x) `y` "z" \\n\n'],
        ['a\r\nb\n\n', 'a\r\nb\n\n'],
        ['x\n#+TITLE: other\n', 'x\n#+TITLE: other\n'],
      ],
      1,
    ),
  )('C9 the body %j arrives byte for byte', async (body, expected) => {
    expect(await unsigned('bakery', '-m', body)).toMatchObject({ exitCode: 0 })
    expect(only('bakery').split('\n\n').slice(1).join('\n\n')).toBe(expected)
  })

  it('C9 a file without a header becomes the body where a flag asks for it', async () => {
    const file = home.write('note.md', '# Three sacks\n\nPlease.\n')
    expect(await unsigned('bakery', file)).toMatchObject({ exitCode: 4 })
    nothingSent()
    expect(await unsigned('bakery', file, '--type', 'query')).toMatchObject({ exitCode: 0 })
    expect(only('bakery')).toMatch(/^#\+TITLE: Three sacks\n[\s\S]*\n\n# Three sacks\n\nPlease\.\n$/)
  })

  it('C9 a file that begins like a message is never completed', async () => {
    const whole = home.write('whole.org', messageText())
    const cut = home.write('cut.org', messageText({ SEQUENCE: undefined }))
    for (const file of [whole, cut])
      expect(await unsigned('bakery', file, '--title', 'x')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('has a header already'),
      })
    expect(await unsigned('bakery', '-m', messageText())).toMatchObject({ exitCode: 2 })
    expect(await unsigned('bakery', cut)).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('SEQUENCE'),
    })
    nothingSent()
  })

  it.each(
    sample(
      [
        ['# Three sacks\n\nPlease.', 'Three sacks'],
        ['\n \n** TODO flour', 'TODO flour'],
        ['-x --title y', '-x --title y'],
        ['a\u001b[2J\u0007b\u2028c', 'a [2J b'],
        ['\u0000'.repeat(3) + 'x'.repeat(100), undefined],
        ['é'.repeat(100), 'é'.repeat(72)],
      ],
      3,
    ),
  )('C9 the title of %j', async (body, title) => {
    // No argument can hold a NUL: that one comes by standard input.
    expect(piped(body, 'bakery', '-', '--type', 'query', '--no-sign')).toMatchObject({
      status: 0,
      stderr: '',
    })
    const text = only('bakery')
    expect(text.split('\n')[0]).toBe(`#+TITLE: ${title ?? 'x'.repeat(72)}`)
    expect(text.endsWith(`\n\n${body}\n`)).toBe(true)
  })

  it('C9 a hostile title stays one line', async () => {
    expect(await unsigned('bakery', '--title', 'a\n#+TO: x\u001b[2J\u0085b', '-m', '-m')).toMatchObject({
      exitCode: 0,
    })
    const text = only('bakery')
    expect(text.split('\n')[0]).toBe('#+TITLE: a #+TO: x [2J b')
    expect(text).toMatch(/\n#\+CONVERSATION_ID: a-to-x-2j-b\n[\s\S]*\n\n-m\n$/)
  })

  itLong('C9 conversations that begin alike are numbered, also what is done', async () => {
    for (let n = 0; n < 3; n++)
      expect(await unsigned('bakery', '-m', 'Flour')).toMatchObject({ exitCode: 0, stderr: '' })
    const ids = messages('bakery').map((name) => name.slice('20260101T000000Z-from-mill-'.length))
    expect(ids.sort()).toEqual(['flour-2.org', 'flour-3.org', 'flour.org'])
    mkdirSync(join(home.inbox('bakery'), 'done'))
    for (const name of messages('bakery'))
      renameSync(join(home.inbox('bakery'), name), join(home.inbox('bakery'), 'done', name))
    await unsigned('bakery', '-m', 'Flour')
    expect(messages('bakery')[0]).toMatch(/-flour-4\.org$/)
  })

  it("rule 1 C9 C10 abbreviations of the scripts' options keep their meaning", async () => {
    const file = home.write('m.org', messageText())
    expect(await send('local.bakery', file, '--re', '0', '--k', 'x', '--no')).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
  })

  it('C9 options of the composing kind are not abbreviated, and the last one counts', async () => {
    expect(await unsigned('bakery', '-m', 'x', '--titl', 'y')).toMatchObject({ exitCode: 2 })
    expect(await unsigned('bakery', '--message=a', '-mb', '--title', '-y', '--title=z')).toMatchObject({
      exitCode: 0,
    })
    expect(only('bakery')).toMatch(/^#\+TITLE: z\n[\s\S]*\n\nb\n$/)
  })

  it.each(
    sample(
      [
        [['bakery', '-m', ''], 4, 'is empty'],
        [['bakery', '-m', 'x', '--type', 'reqest'], 2, 'did you mean request?'],
        [['bakery', '-m', 'x', '--conversation', 'a/b'], 4, 'CONVERSATION_ID'],
        [['bakery', '-m', 'x', '--conversation', 'a\nb'], 4, 'CONVERSATION_ID'],
        [['bakery', '-m', 'x', '--conversation', 'x'.repeat(300)], 4, 'CONVERSATION_ID is too long'],
        [['bakry', '-m', 'x'], 2, 'did you mean bakery?'],
        [['local.bakry', '-m', 'x'], 2, 'did you mean bakery?'],
        [['nowhere.bakery', '-m', 'x'], 2, 'destination not found in peers.toml'],
        [['bakery', 'file', '-m', 'x'], 2, 'not both'],
        [['-m', 'x'], 2, 'required: destination'],
        [['bakery', '--title', 'x'], 2, 'required: message_file'],
      ] as const,
      3,
    ),
  )('C9 %j is refused and sends nothing', async (args, exitCode, words) => {
    expect(await unsigned(...args)).toMatchObject({
      exitCode,
      stdout: '',
      stderr: expect.stringContaining(words),
    })
    nothingSent()
  })

  it('C9 the old form still makes a project, without a dot none', async () => {
    const file = home.write('m.org', messageText())
    expect(await unsigned('bakry', file)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(
        /^destination must be <machine>\.<project>; got 'bakry'[\s\S]*did you mean bakery\?/,
      ),
    })
    nothingSent()
    expect(await unsigned('local.bakry', file)).toMatchObject({ exitCode: 0 })
    expect(await unsigned('bakry', file)).toMatchObject({ exitCode: 0 })
  })

  it('C9 --dry-run prints the message, sends nothing and asks no gpg', async () => {
    home.stub('gpg', 'touch "$HOME/called"')
    const dry = await send('bakery', '-m', 'Three sacks', '--dry-run')
    expect(dry).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^#\+TITLE: Three sacks\n[\s\S]*\n\nThree sacks\n$/),
      stderr: `would be sent to: ${home.inbox('bakery')}\n`,
    })
    const file = home.write('m.org', messageText())
    const old = await send('local.other', file, '--dry-run')
    expect(old).toMatchObject({ exitCode: 0, stdout: messageText() })
    expect(old.stderr).toContain('its inbox would be made')
    expect(existsSync(join(home.path, 'called'))).toBe(false)
    nothingSent()
  })

  it('C9 nothing is composed under HALT', async () => {
    home.write('.config/cross-agent-comms/HALT', 'stop')
    for (const args of [
      ['bakery', '-m', 'x'],
      ['bakery', '-m', 'x', '--dry-run'],
    ])
      expect(await unsigned(...args)).toMatchObject({ exitCode: 5, stdout: '' })
    nothingSent()
  })

  itLong('C9 a composed message that cannot be sent is kept', async () => {
    home.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\nhost = "velox.invalid"\n')
    home.stub('ssh', 'exit 255')
    home.stub('rsync', 'echo broken >&2; exit 12')
    const failed = await unsigned('velox.career', '-m', 'Three sacks', '--retries', '0')
    expect(failed).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('message kept: ') })
    const folder = join(home.path, '.local/state/cross-agent-comms/failed-sends')
    const marker = readdirSync(folder).find((name) => name.endsWith('.json')) ?? ''
    const { message_path, destination } = JSON.parse(readFileSync(join(folder, marker), 'utf8'))
    expect(destination).toBe('velox.career')
    expect(readFileSync(message_path, 'utf8')).toMatch(/\n#\+TO: velox\.career\n\nThree sacks\n$/)
    expect(readdirSync(folder)).toHaveLength(1)
  })
})

describe('C3 standard input', () => {
  it('C3 a message is sent as it is', async () => {
    expect(piped(messageText(), 'local.bakery', '-', '--no-sign')).toMatchObject({ status: 0, stderr: '' })
    expect(only('bakery')).toBe(messageText())
  })
  it('C3 C9 a text becomes the body, however long', async () => {
    const body = `Line\n${'x'.repeat(300_000)}\n`
    expect(piped(body, 'bakery', '-', '--type', 'query', '--no-sign')).toMatchObject({ status: 0 })
    expect(only('bakery').endsWith(`\n\n${body}`)).toBe(true)
  })
  it('C3 is signed', async () => {
    await home.makeKey()
    const sent = piped('Three sacks', 'bakery', '-', '--title', 'Flour')
    expect(sent).toMatchObject({ status: 0, stderr: '' })
    expect(await home.run('recv', [sent.stdout.trim().slice('sent: '.length)])).toMatchObject({ exitCode: 0 })
  })
  it('C3 a file of that name is ./-', async () => {
    home.write('projects/mill/-', messageText({}, 'from the file\n'))
    expect(piped('', 'local.bakery', './-', '--no-sign')).toMatchObject({ status: 0 })
    expect(only('bakery')).toContain('from the file')
  })
  describe('C3 B71 while standard input is read, which does not end', () => {
    const line = () => [process.execPath, binOf('send'), 'bakery', '-', '--title', 'x', '--no-sign']
    const options = () => ({ ...mill(), env: home.env, stdio: 'pipe' }) as const
    /** node's pipes are sockets; a shell's are none. Each resolves once the command has taken what was written. */
    const WAYS = {
      socket: async () => {
        const [program = '', ...args] = line()
        const child = spawn(program, args, options())
        // More than a pipe holds: once all of it is taken, the command reads.
        await new Promise((resolve) => child.stdin.write('x'.repeat(300_000), resolve))
        return child
      },
      pipe: async () => {
        const fifo = join(home.path, 'fifo')
        spawnSync('mkfifo', [fifo])
        // Open for writing as well: so it has no end.
        const child = spawn('sh', ['-c', 'exec "$@" <>"$0"', fifo, ...line()], options())
        await writeFile(fifo, 'x'.repeat(300_000))
        return child
      },
    }
    it.each(['socket', 'pipe'] as const)('HALT is seen: a %s', async (way) => {
      const child = await WAYS[way]()
      home.write('.config/cross-agent-comms/HALT', 'stop')
      expect(await outcomeOf(child)).toMatchObject({ exitCode: 5, stdout: '' })
      nothingSent()
    })
    it.each(['socket', 'pipe'] as const)('a signal ends it: a %s', async (way) => {
      const child = await WAYS[way]()
      child.kill('SIGTERM')
      expect(await outcomeOf(child)).toMatchObject({ signal: 'SIGTERM', stdout: '' })
      nothingSent()
    })
  })
  it('C3 what cannot be read is said', async () => {
    const folder = openSync(home.path, 'r')
    const sent = spawnSync(process.execPath, [binOf('send'), 'bakery', '-', '--title', 'x'], {
      ...mill(),
      env: home.env,
      stdio: [folder, 'pipe', 'pipe'],
      encoding: 'utf8',
    })
    closeSync(folder)
    expect(sent).toMatchObject({ status: 1, stderr: expect.stringMatching(/^cannot read standard input: /) })
  })
  it('C3 what is no text or no message is refused', async () => {
    expect(piped(Buffer.from([0xff]), 'bakery', '-', '--title', 'x', '--no-sign').status).toBe(1)
    expect(piped('', 'local.bakery', '-', '--no-sign').status).toBe(4)
    nothingSent()
  })
})

describe('B71 a text that is empty', () => {
  it.each(sample(['', ' \n\t\n', '\ufeff\n'], 1))(
    'is no message where its header is to be made: %j',
    async (text) => {
      const file = home.write('text', text)
      expect(piped(text, 'bakery', '-', '--title', 'x', '--no-sign')).toMatchObject({
        status: 4,
        stderr: 'standard input gave no text; nothing was sent\ndid the command before the pipe fail?\n',
      })
      expect(await unsigned('bakery', file, '--title', 'x')).toMatchObject({ exitCode: 4 })
      expect(await unsigned('bakery', '-m', text, '--title', 'x')).toMatchObject({ exitCode: 4 })
      nothingSent()
    },
  )
  it('is a message where it has a header, or front matter', async () => {
    expect(await unsigned('bakery', home.write('m.org', messageText({}, '')))).toMatchObject({ exitCode: 0 })
    const front = home.write('projects/mill/front.md', '---\ntitle: Rye\n---\n')
    expect(await unsigned('bakery', front, '--type', 'query')).toMatchObject({ exitCode: 0 })
  })
})
