import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { itLong, sample } from '../support/long'
import { sharedHome } from '../support/own-home'
import { until } from '../support/until'

const HALT = '.config/cross-agent-comms/HALT'
const VERDICTS = '.local/state/cross-agent-comms/verdicts.json'
const home = sharedHome()
const folder = (project: string) => join(home.path, 'projects', project)
const page = join(home.path, 'mail.html')
const write = (args: readonly string[] = []) => home.run('status', ['--html', page, ...args])
const text = () => readFileSync(page, 'utf8')
const send = async (from: string, args: readonly string[]) => {
  const sent = await home.run('send', args, { cwd: folder(from) })
  expect(sent, sent.stderr).toMatchObject({ exitCode: 0 })
  return sent.stdout.trim().replace(/^sent: /, '')
}

const HOSTILE = `</pre><script>alert(1)</script> & "quotes" 'more' \x1b[2J\u202e`
let forged = ''

beforeAll(async () => {
  await home.makeKey()
  for (const project of ['mill', 'bakery', 'oven']) mkdirSync(folder(project), { recursive: true })
  const asked = await send('mill', ['bakery', '-m', 'Three sacks, please.', '--conversation', 'sacks'])
  await send('bakery', ['--reply-to', asked, '-m', 'Two sacks.'])
  await home.run('recv', ['--done', asked])
  await send('mill', ['oven', '-m', HOSTILE, '--title', HOSTILE])
  forged = await send('mill', ['bakery', '--no-sign', '-m', 'Forged words.', '--title', 'A forged title'])
})

describe('C32 status --html', () => {
  it('writes all conversations: who to whom, state, signer, text', async () => {
    const written = await write()
    expect(written).toMatchObject({ exitCode: 0, stdout: `written: ${page}\n`, stderr: '' })
    expect(statSync(page).mode & 0o777).toBe(0o600)
    const [, sacks = ''] = /<details data-name="sacks"(?: open)?>(.*?)<\/details>/s.exec(text()) ?? []
    expect(sacks).toMatch(/number 1 .*✓ signed by tester [0-9A-F]{40}.*Three sacks, please\..*number 2 /s)
    expect(sacks).toContain('<span class="state done">done</span>')
    expect(sacks).toContain('<span class="state waiting">waiting</span>')
    expect(sacks).toContain('Two sacks.')
  })

  it('shows no text of what recv does not accept, only reason and path', async () => {
    await write()
    expect(text()).not.toMatch(/Forged words|A forged title/)
    expect(text()).toMatch(new RegExp(`id="refused".*✗ signature file missing.*${forged}`, 's'))
  })

  it('escapes every text, and lets nothing run or load but its own script and style', async () => {
    await write()
    expect(text()).toContain(
      '&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; &#39;more&#39; \\x1b[2J\\u202e',
    )
    expect(text().match(/<script/g)).toHaveLength(1)
    const [, policy = ''] = /<meta http-equiv="Content-Security-Policy" content="(.*)">/.exec(text()) ?? []
    const hash = (element: string) => {
      const [, inside = ''] = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(text()) ?? []
      return `sha256-${createHash('sha256').update(inside).digest('base64')}`
    }
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src '${hash('style')}'`,
      `script-src '${hash('script')}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ])
    expect(text()).not.toMatch(/\b(?:src|href)="(?!#)|\son\w+=|\bstyle="/)
  })

  it('shows one project alone, and nothing of others', async () => {
    expect(await write(['--project', 'oven'])).toMatchObject({ exitCode: 0 })
    expect(text()).toContain('Messages of oven on ')
    expect(text()).not.toMatch(/sacks/)
  })

  it('is written under HALT too, and says the reason', async () => {
    home.write(HALT, '<b>a loop</b>\n')
    expect(await write()).toMatchObject({ exitCode: 0 })
    expect(text()).toContain('<p class="halt" role="alert">Halted: &lt;b&gt;a loop&lt;/b&gt;</p>')
    rmSync(join(home.path, HALT))
  })

  it.each<[string, (path: string) => void]>(
    sample(
      [
        ['another file', (path) => writeFileSync(path, 'precious')],
        ['an empty file', (path) => writeFileSync(path, '')],
        ['a link to a page of ours', (path) => symlinkSync(page, path)],
        ['a link to nothing', (path) => symlinkSync(join(home.path, 'nothing.html'), path)],
        ['a folder', (path) => mkdirSync(path)],
      ],
      2,
    ),
  )('does not write over %s', async (_, make) => {
    await write()
    const path = join(home.path, 'there.html')
    make(path)
    const before = lstatSync(path)
    expect(await home.run('status', ['--html', path])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^not written: .*there\.html: .*\n.*name a new file/),
    })
    expect(lstatSync(path)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
    rmSync(path, { recursive: true })
    expect(readdirSync(home.path).filter((name) => name.startsWith('.tmp.'))).toEqual([])
  })

  it('writes only files that end with .html, and only into folders that are there', async () => {
    for (const [name, code] of [
      ['page', 2],
      ['.bashrc', 2],
      ['missing/page.html', 1],
    ] as const)
      expect(await home.run('status', ['--html', join(home.path, name)])).toMatchObject({
        exitCode: code,
        stdout: '',
      })
  })
})

describe('C32 the verdicts that it remembers', () => {
  it('are used as long as message, signature, keys and lists are the same', async () => {
    await write()
    home.stub('gpg', 'echo "$@" >> "$HOME/gpg-calls"; exec /usr/bin/gpg "$@"')
    await write()
    expect(readFileSync(join(home.path, 'gpg-calls'), 'utf8')).not.toContain('--verify')
    expect(text()).toContain('Two sacks.')
    rmSync(join(home.programs, 'gpg'))
  })

  it('are forgotten when a trust list no longer has the key', async () => {
    const peers = home.write(
      '.config/cross-agent-comms/peers.toml',
      `[trust]\nsigners = ["${'0'.repeat(40)}"]\n`,
    )
    await write()
    expect(text()).not.toContain('Two sacks.')
    expect(text()).toContain('id="refused"')
    rmSync(peers)
  })

  itLong('are forgotten when a key has expired, though no file was changed', async () => {
    const { stdout } = await home.exec('gpg', ['--list-keys', '--with-colons'])
    const [, key = ''] = /^fpr:+([0-9A-F]{40}):$/m.exec(stdout) ?? []
    expect(await home.exec('gpg', ['--batch', '--quick-set-expire', key, '1y'])).toMatchObject({
      exitCode: 0,
    })
    await write()
    expect(text()).toContain('Two sacks.')
    home.stub('gpg', 'exec /usr/bin/gpg --faked-system-time 20990101T000000! "$@"')
    await write()
    expect(text()).not.toContain('Two sacks.')
    rmSync(join(home.programs, 'gpg'))
    await write()
    expect(text()).toContain('Two sacks.')
  })

  it('are not those of bytes that were changed, nor of a damaged file', async () => {
    await write()
    const [answer = ''] = readdirSync(home.inbox('mill')).filter((name) => name.endsWith('.org'))
    const path = join(home.inbox('mill'), answer)
    const before = readFileSync(path, 'utf8')
    writeFileSync(path, before.replace('Two sacks.', 'Ten sacks.'))
    await write()
    expect(text()).not.toContain('Ten sacks.')
    writeFileSync(path, before)
    for (const damage of ['{', 'null', '{"verdicts":{"a":{"signers":[{}]}}}']) {
      home.write(VERDICTS, damage)
      expect(await write()).toMatchObject({ exitCode: 0 })
      expect(text()).toContain('Two sacks.')
    }
    expect(statSync(join(home.path, VERDICTS)).mode & 0o777).toBe(0o600)
  })
})

describe('C32 --html with --follow', () => {
  it('writes the page anew after something has happened, and leaves nothing when it is ended', async () => {
    const other = join(home.path, 'follow.html')
    const child = home.start('status', ['--html', other, '--follow'])
    const text = () => readFileSync(other, 'utf8')
    await until(() => existsSync(other), 'the first page')
    expect(text()).toContain('<html lang="en" data-renew="10">')
    expect(text()).toContain('<noscript><meta http-equiv="refresh" content="10"></noscript>')
    await send('mill', ['oven', '-m', 'One more loaf.'])
    await until(() => text().includes('One more loaf.'), 'the next page')
    const ended = new Promise((resolve) => child.once('close', (_, signal) => resolve(signal)))
    child.kill('SIGTERM')
    expect(await ended).toBe('SIGTERM')
    expect(readdirSync(home.path).filter((name) => name.startsWith('.tmp.'))).toEqual([])
  })

  itLong('ends where another file has taken its place, and keeps that', async () => {
    const other = join(home.path, 'taken.html')
    const child = home.start('status', ['--html', other, '--follow'])
    await until(() => existsSync(other), 'the first page')
    const ended = new Promise((resolve) => child.once('close', resolve))
    rmSync(other)
    writeFileSync(other, 'precious')
    await send('mill', ['oven', '-m', 'Yet another loaf.'])
    expect(await ended).toBe(2)
    expect(readFileSync(other, 'utf8')).toBe('precious')
  })
})
