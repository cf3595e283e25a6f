import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { gpg } from '../support/keys'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

/** Seconds that prove a hang is ended: gpg itself is given ten minutes. */
const HANG = 60

let message: string
beforeEach(() => {
  mkdirSync(home.inbox('bob'), { recursive: true })
  message = home.write('message.org', messageText())
})

const send = (args: readonly string[] = [], env: Record<string, string> = {}) =>
  home.run('send', ['local.bob', message, ...args], { env })
/** Runs a shell line on a terminal of its own; what the terminal shows is its standard output. */
const onTerminal = (line: string, env: Record<string, string> = {}) =>
  home.exec('timeout', [`${HANG}`, 'script', '-qefc', line, '/dev/null'], {
    env: { SHELL: '/bin/sh', ...env },
  })
const sendLine = () => `'${process.execPath}' '${binOf('send')}' local.bob '${message}'`
const shown = (stderr: string, pattern: RegExp) => pattern.exec(stderr)?.[0] ?? ''
const MAKE_KEY = /gpg --batch .* sign never/

describe('B30 a locked key', () => {
  it('B30 without a terminal fails at once, with the cause and both remedies', async () => {
    await home.makeKey('tester', 'secret')
    await home.exec('gpgconf', ['--kill', 'all'])
    const failed = await send([], { GPG_TTY: '/dev/null' })
    expect(failed).toMatchObject({ exitCode: 1, stdout: '' })
    const [first, cause, unlock, makeKey, meaning] = failed.stderr.split('\n')
    expect(first).toMatch(/^signing failed: gpg: signing failed: /)
    expect(cause).toBe('the key is locked, and there is no terminal and no display to ask for its passphrase')
    expect(unlock).toContain('unlock it for a while, in a terminal: gpg ')
    expect(makeKey).toMatch(MAKE_KEY)
    expect(meaning).toContain('has no passphrase: whoever can read its files signs as you')
    expect(readdirSync(home.inbox('bob'))).toEqual([])
  })

  itLong('B30 nothing is drawn over the terminal that GPG_TTY names', async () => {
    await home.makeKey('tester', 'secret')
    await home.exec('gpgconf', ['--kill', 'all'])
    const ran = await onTerminal(`GPG_TTY=$(tty) TERM=xterm ${sendLine()} < /dev/null`)
    expect(ran).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('the key is locked') })
    expect(ran.stdout).not.toContain('\x1b')
  })

  itLong('B30 the remedies that are shown work', async () => {
    await home.makeKey('tester', 'secret')
    const pinentry = home.write(
      'pinentry',
      [
        '#!/bin/sh',
        'echo OK',
        'while read -r command rest; do case $command in',
        `GETPIN) if [ -e '${home.path}/asked' ]; then echo D secret; echo OK; else echo "ERR 83886179 cancelled"; fi ;;`,
        'BYE) echo OK; exit ;; *) echo OK ;; esac; done',
      ].join('\n'),
      0o755,
    )
    home.write('gpg/gpg-agent.conf', `pinentry-program ${pinentry}\n`)
    await home.exec('gpgconf', ['--kill', 'all'])
    const locked = await send(['--key', 'tester'])
    expect(locked).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('the key is locked') })
    home.write('asked', '')
    const unlock = shown(locked.stderr, /(?<=in a terminal: )gpg .*/)
    expect(await onTerminal(unlock)).toMatchObject({ exitCode: 0 })
    rmSync(join(home.path, 'asked'))
    expect(await send(['--key', 'tester'])).toMatchObject({ exitCode: 0, stderr: '' })

    await home.exec('gpgconf', ['--kill', 'all'])
    expect(await send()).toMatchObject({ exitCode: 1 })
    expect(await home.exec('sh', ['-c', shown(locked.stderr, MAKE_KEY)])).toMatchObject({ exitCode: 0 })
    const choice = shown(locked.stderr, /--key agents@\S+/).split(' ')
    expect(await send(choice)).toMatchObject({ exitCode: 0 })
  })

  itLong(
    'B30 the remedy removes nothing where the passphrase is not given: gpg removes what it could not write',
    async () => {
      await home.makeKey('tester', 'secret')
      await home.exec('gpgconf', ['--kill', 'all'])
      const { stderr } = await send()
      const device = home.write('null', '')
      // As root it would be the device itself that is gone.
      const unlock = shown(stderr, /(?<=in a terminal: )gpg .*/).replaceAll('/dev/null', device)
      expect(await home.exec('sh', ['-c', `${unlock} <&-`])).toMatchObject({ exitCode: 2 })
      expect(existsSync(device)).toBe(true)
    },
  )

  it.each(
    sample(
      [
        ['a display', { DISPLAY: ':9', GPG_TTY: '/dev/pts/9' }, '/dev/pts/9'],
        ['Wayland', { WAYLAND_DISPLAY: 'wayland-9', GPG_TTY: '/dev/pts/9' }, '/dev/pts/9'],
        ['neither', { GPG_TTY: '/dev/pts/9' }, 'none'],
        ['an empty display', { DISPLAY: '', GPG_TTY: '/dev/pts/9' }, 'none'],
      ],
      1,
    ),
  )('B30 with %s gpg gets GPG_TTY where somebody can be asked', async (_, env, expected) => {
    home.stub('gpg', '{ printenv GPG_TTY || echo none; } > "$HOME/tty"; exit 1')
    expect(await send([], env)).toMatchObject({ exitCode: 1 })
    expect(readFileSync(join(home.path, 'tty'), 'utf8')).toBe(`${expected}\n`)
  })

  it('B30 gpg speaks English, so that its reasons can be told apart', async () => {
    home.stub('gpg', 'echo "$LANGUAGE" >&2; exit 1')
    expect(await send([], { LANGUAGE: 'de' })).toMatchObject({
      stderr: expect.stringMatching(/^signing failed: en\n/),
    })
  })

  it('B30 on a terminal gpg gets GPG_TTY', async () => {
    home.stub('gpg', '{ printenv GPG_TTY || echo none; } > "$HOME/tty"; exit 1')
    await onTerminal(sendLine(), { GPG_TTY: '/dev/pts/9' })
    expect(readFileSync(join(home.path, 'tty'), 'utf8')).toBe('/dev/pts/9\n')
  })
})

describe('B30 no secret key', () => {
  it('B30 the error shows the command that makes one, and what that means', async () => {
    home.makeKeyring()
    const failed = await send()
    expect(failed).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^signing failed: .*No secret key.*\nthere is no secret key; .*\n.*only signs and has no passphrase: whoever can read its files signs as you/,
      ),
    })
    expect(await home.exec('sh', ['-c', shown(failed.stderr, MAKE_KEY)])).toMatchObject({ exitCode: 0 })
    const sent = await send()
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await home.run('recv', [sent.stdout.trim().slice('sent: '.length)])).toMatchObject({ exitCode: 0 })
    // The capabilities of the key: to sign, and what every primary key can.
    expect(await gpg(home, '--with-colons', '--list-secret-keys')).toMatch(/^sec:(?:[^:]*:){10}s?cs?SC:/m)
  })

  it('B30 names the key that was asked for', async () => {
    await home.makeKey()
    expect(await send(['--key', "no'body"])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /there is no secret key 'no'"'"'body'; .* sign never, then choose it with --key /,
      ),
    })
  })
})
