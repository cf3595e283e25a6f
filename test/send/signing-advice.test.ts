import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import type { RunOptions } from '../support/home'
import { fingerprint, gpg, revoke } from '../support/keys'
import { sample } from '../support/long'
import { home, it } from '../support/own-home'

const PAST = ['--faked-system-time', '20200101T000000!']
const FUTURE = ['--faked-system-time', '20990101T000000!']

beforeEach(() => {
  home.makeKeyring()
  mkdirSync(home.inbox('bakery'), { recursive: true })
})

const makeKey = (name: string, ...further: string[]) =>
  gpg(home, ...further, '--quick-gen-key', name, 'ed25519', 'sign', further[1] === PAST[1] ? '1d' : 'never')
const SEND = [process.execPath, binOf('send'), 'bakery', '-m', 'Bake.'].map((word) => `'${word}'`).join(' ')
const sendAfter = (line: string, options: RunOptions = {}) =>
  home.exec('sh', ['-c', `${line}\n${SEND}`], options)

interface Case {
  /** Puts it in the way of a signature; what it returns is how send is run. */
  readonly make: () => Promise<Record<string, string> | undefined>
  readonly cause: RegExp
  /** What is advised is behind this. */
  readonly line?: RegExp
  /** Arguments of send are advised, not a line. */
  readonly isArgument?: true
}

const CASES: Record<string, Case> = {
  'an expired key': {
    make: async () => {
      await makeKey('old', ...PAST)
      return undefined
    },
    cause: /^the key has expired: [0-9A-F]{40}$/,
    line: /(?<=to other machines again: )gpg .*/,
  },
  'an expired key that is named': {
    make: async () => {
      await makeKey('new')
      await makeKey('old', ...PAST)
      return { GPG_USER: 'old' }
    },
    cause: /^the key has expired: [0-9A-F]{40}$/,
    line: /(?<=to other machines again: )gpg .*/,
  },
  'an expired subkey': {
    make: async () => {
      await gpg(home, ...PAST, '--quick-gen-key', 'old', 'ed25519', 'cert', 'never')
      await gpg(home, ...PAST, '--quick-add-key', await fingerprint(home, 'old'), 'ed25519', 'sign', '1d')
      return undefined
    },
    cause: /^the key has expired: [0-9A-F]{40}$/,
    line: /(?<=to other machines again: )gpg .*/,
  },
  'a revoked key': {
    make: async () => {
      await makeKey('tester')
      await revoke(home, 'tester')
      return undefined
    },
    cause: /^the key was revoked: [0-9A-F]{40}$/,
    line: /(?<=make a key for agents: )gpg .* never/,
  },
  'a disabled key': {
    make: async () => {
      await makeKey('tester')
      await gpg(home, '--edit-key', 'tester', 'disable', 'quit')
      return undefined
    },
    cause: /^the key is disabled: [0-9A-F]{40}$/,
    line: /(?<=enable it: )gpg .*/,
  },
  'a key that is not there, beside another one': {
    make: async () => {
      await makeKey('tester')
      return { GPG_USER: 'nobody' }
    },
    cause: /^there is no secret key 'nobody'/,
    line: /(?<=or choose a key that is there: )--key [0-9A-F]{40}/,
    isArgument: true,
  },
  'no key': {
    make: async () => undefined,
    cause: /^there is no secret key/,
    line: /(?<=make a key for agents: )gpg .* never/,
  },
  'a folder that is not there': {
    make: async () => ({ GNUPGHOME: join(home.path, 'none') }),
    cause: /^GNUPGHOME names a folder that is not there: .*none$/,
    line: /(?<=make it, and a key for agents in it: )mkdir .*/,
  },
  'a folder with too long a path': {
    make: async () => {
      await makeKey('tester')
      await home.exec('gpgconf', ['--kill', 'all'])
      const long = join(home.path, 'x'.repeat(100))
      renameSync(home.env.GNUPGHOME ?? '', long)
      return { GNUPGHOME: long }
    },
    cause: /^the path of gpg's folder is too long for the socket of its agent: .*xxx$/,
    line: /(?<=reach it by a shorter one: )ln .*/,
  },
  'a lock that a power cut left empty': {
    make: async () => {
      await makeKey('tester')
      await home.exec('gpgconf', ['--kill', 'all'])
      const lock = join(home.env.GNUPGHOME ?? '', 'gnupg_spawn_agent_sentinel.lock')
      writeFileSync(lock, '')
      utimesSync(lock, 1, 1)
      return undefined
    },
    cause: /^gpg is blocked by a lock that nobody holds, as a power cut leaves it: .*sentinel\.lock$/,
    line: /(?<=remove it: )rm .*/,
  },
  'a clock that is behind': {
    make: async () => {
      await makeKey('tester', ...FUTURE)
      return undefined
    },
    cause:
      /^the key was made at 2099-01-01T00:00:00Z, but it is 20.*Z by this machine's clock: [0-9A-F]{40}$/,
  },
}

describe('B61 what is in the way of a signature is found by looking, and the advice works', () => {
  it.each(sample(Object.entries(CASES), 1))('%s', async (_, { make, cause, line, isArgument }) => {
    const env = (await make()) ?? {}
    const doctor = await home.run('status', ['--doctor', '--json'], { env })
    const failed = await sendAfter('', { env })
    expect(failed).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^signing failed: /),
    })
    const hint = failed.stderr.split('\n')[1]?.split(/; make a key/)[0] ?? ''
    expect(hint).toMatch(cause)
    const { said } = JSON.parse(doctor.stdout).checks.find(
      ({ name }: { name: string }) => name === 'signing key',
    )
    const timeless = (text: string) => text.replace(/but it is \S+Z/, '')
    expect(timeless(said)).toContain(timeless(hint))
    if (line === undefined) return
    const advice = line.exec(failed.stderr)?.[0] ?? 'no advice'
    const sent = isArgument
      ? await home.exec('sh', ['-c', `${SEND} ${advice}`], { env })
      : await sendAfter(advice, { env })
    expect(sent).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('sent: ') })
    await home.exec('gpgconf', ['--kill', 'all'], { env })
  })
})
