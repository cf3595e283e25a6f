import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sampleOfEach } from '../support/long'
import { hasRoot } from '../support/root'
import { Machines } from '../support/two-machines'

/** A gpg that is the real one but for what it exports. */
const exporting = (line: string) => `case "$*" in *--export\\ *) ${line} ;; *) exec /usr/bin/gpg "$@" ;; esac`
/** One that says another fingerprint when it signs. */
const naming = (fingerprint: string) => `case "$*" in
*--detach-sign*) printf '[GNUPG:] KEY_CONSIDERED ${fingerprint} 0\\n[GNUPG:] BEGIN_SIGNING H8\\n' >&3 ;;
*) exec /usr/bin/gpg "$@" ;;
esac`
const ALL = '$(/usr/bin/gpg --with-colons --list-keys | sed -n "s/^fpr:*//p" | tr -d :)'

/** What the other machine's programs do, and what the refusal says. */
const LIES: [string, string, string, RegExp][] = [
  [
    'another key than it names',
    'gpg',
    exporting('exec /usr/bin/gpg --export second'),
    /it gives the key [0-9A-F]{40} for/,
  ],
  ['two keys', 'gpg', exporting(`exec /usr/bin/gpg --export ${ALL}`), /not one public key and nothing else/],
  [
    'a secret key',
    'gpg',
    exporting('exec /usr/bin/gpg --batch --export-secret-keys agents@velox'),
    /not one public key/,
  ],
  ['a key and more', 'gpg', exporting('/usr/bin/gpg "$@"; echo more'), /not one public key and nothing else/],
  ['half a key', 'gpg', exporting('/usr/bin/gpg "$@" | head -c 100'), /not one public key and nothing else/],
  ['no key', 'gpg', exporting('exit 0'), /not one public key and nothing else/],
  [
    'a fingerprint with escapes',
    'gpg',
    naming('\\033[2J\\033]0;x\\007'),
    /the fingerprint of its key is none/,
  ],
  ['a fingerprint of words', 'gpg', naming('--yes'), /the fingerprint of its key is none/],
  ['a key without end', 'od', 'exec yes 00', /it says too much/],
  ['a name of another machine', 'uname', 'echo oak', /both machines call themselves oak/],
]

describe.runIf(hasRoot)('C30 a machine that lies', () => {
  const machines = new Machines(['oak', 'velox'], 192)
  const velox = machines.home('velox')
  beforeAll(async () => {
    machines.fleet.start()
    await machines.makeKeys()
    await machines.exec('velox', [
      'gpg',
      '--batch',
      '--quiet',
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      '',
      '--quick-gen-key',
      'second',
      'ed25519',
      'sign',
      'never',
    ])
    copyFileSync(join(velox.path, '.gnupg/pubring.kbx'), join(velox.path, 'kept-keys/pubring.kbx'))
  })
  afterAll(() => machines.fleet.remove())
  beforeEach(() => machines.reset())

  it.each(sampleOfEach(LIES, ([, program]) => program))(
    'tells %s: nothing is changed, also with --yes',
    async (_, program, script, words) => {
      velox.stub(program, script)
      const before = [machines.content('oak'), machines.content('velox')]
      const { exitCode, stderr, stdout } = await machines.run('oak', 'discover', ['--add', 'velox', '--yes'])
      rmSync(join(velox.programs, program))
      expect(stderr).toMatch(words)
      expect(exitCode).toBeGreaterThan(0)
      expect(`${stdout}${stderr}`).not.toMatch(/[\x00-\x09\x0b-\x1f]/)
      expect([machines.content('oak'), machines.content('velox')]).toEqual(before)
      expect(existsSync(join(machines.home('oak').path, '.config/cross-agent-comms'))).toBe(false)
    },
  )

  it('controls no terminal and gives no line to paste by what it calls itself', async () => {
    velox.stub('uname', `printf 'x\\033[2J$(touch x)'`)
    const mad = join(velox.path, 'projects/\x1b[2J\u202e')
    await machines.exec('velox', ['mkdir', mad])
    const { stdout, exitCode } = await machines.run('oak', 'discover', ['--add', 'velox'])
    rmSync(join(velox.programs, 'uname'))
    expect(exitCode).toBe(2)
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/)
    expect(stdout).toContain('\\x1b[2J')
    expect(stdout).not.toContain('--name')
  })
})
