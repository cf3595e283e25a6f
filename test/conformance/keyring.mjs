// @ts-check
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './run-program.mjs'

/** @import { Keyring, SignerName } from './types' */

// gpg-agent's socket lies in GNUPGHOME and a socket's path is short.
const LONGEST_HOME = 86
const LONG_AGO = '20200101T000000!'
const BATCH = ['--batch', '--quiet', '--no-tty', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '']

/**
 * @param {string} home
 * @param {...string} argv
 */
async function gpg(home, ...argv) {
  const result = await runProgram('gpg', [...BATCH, ...argv], { env: gpgEnv(home) })
  if (result.exit !== 0) throw new Error(`gpg ${argv.join(' ')}: ${result.stderr}`)
  return result.stdout
}

/** @param {string} home */
function gpgEnv(home) {
  return { GNUPGHOME: home, HOME: home, PATH: process.env.PATH ?? '', LANG: 'C.UTF-8' }
}

/** @param {string} home */
async function fingerprints(home) {
  const listing = String(await gpg(home, '--with-colons', '--list-keys'))
  /** @type {Map<string, string>} */
  const names = new Map()
  let fingerprint = ''
  for (const fields of listing.split('\n').map((line) => line.split(':'))) {
    if (fields[0] === 'fpr') fingerprint = fields[9] ?? ''
    if (fields[0] === 'uid') names.set(fingerprint, fields[9] ?? '')
  }
  return names
}

/** Is gpg on PATH? Without it the cases that sign are skipped. */
export async function hasGpg() {
  try {
    const { exit } = await runProgram('gpg', ['--version'], { env: gpgEnv(tmpdir()) })
    return exit === 0
  } catch {
    return false
  }
}

/**
 * Throwaway keys: `home` is what the commands see, the keys of the others are in a second folder.
 * @returns {Promise<Keyring>}
 */
export async function makeKeyring() {
  const base = tmpdir().length + 16 < LONGEST_HOME ? tmpdir() : '/tmp'
  const top = realpathSync(mkdtempSync(join(base, 'cag-')))
  const home = join(top, 'a')
  const others = join(top, 'b')
  for (const folder of [home, others]) mkdirSync(folder, { mode: 0o700 })

  for (const name of ['first', 'second']) await gpg(home, '--quick-gen-key', name, 'ed25519', 'sign', 'never')
  for (const name of ['stranger', 'revoked']) {
    await gpg(others, '--quick-gen-key', name, 'ed25519', 'sign', 'never')
  }
  await gpg(others, '--faked-system-time', LONG_AGO, '--quick-gen-key', 'expired', 'ed25519', 'sign', '1y')
  const names = await fingerprints(others)
  const exported = join(top, 'exported')
  await gpg(others, '--output', exported, '--export', '=expired', '=revoked')
  await gpg(home, '--import', exported)
  for (const [fingerprint, name] of names) {
    if (name !== 'revoked') continue
    const certificate = join(top, 'revocation')
    const prepared = readFileSync(join(others, 'openpgp-revocs.d', `${fingerprint}.rev`), 'utf8')
    writeFileSync(certificate, prepared.replace(/^:(?=-----BEGIN)/m, ''))
    await gpg(home, '--import', certificate)
  }
  await gpg(home, '--check-trustdb')
  const known = await fingerprints(home)

  let serial = 0
  /** @param {Uint8Array} bytes */
  const fileOf = (bytes) => {
    serial += 1
    const path = join(top, `file-${serial}`)
    writeFileSync(path, bytes)
    return path
  }

  return {
    home,
    async sign(message, by, textMode) {
      /** @type {SignerName[]} */
      const here = ['first', 'second']
      return gpg(
        here.includes(by) ? home : others,
        ...(by === 'expired' ? ['--faked-system-time', LONG_AGO] : []),
        ...(textMode ? ['--textmode'] : []),
        '--local-user',
        `=${by}`,
        '--armor',
        '--output',
        '-',
        '--detach-sign',
        fileOf(message),
      )
    },
    async signer(message, signature) {
      const argv = ['--status-fd', '1', '--verify', fileOf(signature), fileOf(message)]
      const { exit, stdout } = await runProgram('gpg', [...BATCH, ...argv], { env: gpgEnv(home) })
      const fingerprint = /^\[GNUPG:\] VALIDSIG ([0-9A-F]+)/m.exec(String(stdout))?.[1]
      if (exit !== 0 || fingerprint === undefined) return 'bad'
      return known.get(fingerprint) ?? 'unknown'
    },
    async remove() {
      for (const folder of [home, others]) {
        for (const action of [['--kill', 'all'], ['--remove-socketdir']])
          await runProgram('gpgconf', action, { env: gpgEnv(folder) })
      }
      rmSync(top, { recursive: true, force: true })
    },
  }
}
