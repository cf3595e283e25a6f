// @ts-check
import {
  chmodSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { messageText } from './message-text.mjs'
import { findProgram } from './programs.mjs'
import { pythonJson } from './python-json.mjs'
import { processFile, writeStub } from './stub.mjs'

/** @import { Case, FileParts, FileSpec, Keyring } from './types' */

export const HOST = hostname().split('.')[0] ?? ''

/** What the commands ask a peer's shell for. The real systemctl is never within reach. */
const PEER_PROGRAMS = ['ls', 'mkdir', 'rm', 'sh', 'timeout']

/**
 * A folder of its own for one run.
 * @typedef {object} Scratch
 * @property {string} home
 * @property {string} cwd
 * @property {string} tmp TMPDIR
 * @property {string} log calls of the stub programs
 * @property {(name: string) => string} processFile holds the process id of the real program behind a stub
 * @property {Record<string, string>} env
 * @property {(text: string) => string} fill replaces {home} and {host}
 * @property {Map<string, number>} ages seconds since the last change of every file
 * @property {() => void} remove
 */

/**
 * @param {Case} testCase
 * @param {Keyring | undefined} keyring
 * @returns {Promise<Scratch>}
 */
export async function makeScratch(testCase, keyring) {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'cac-')))
  // The name of the folder three levels up is what status shows of a folder elsewhere: it must not change.
  const [home, bin, tmp] = [join(top, 'one', 'two', 'home'), join(top, 'bin'), join(top, 'tmp')]
  const log = join(top, 'calls')
  const peerBin = join(top, 'peer-bin')
  /** @param {string} text */
  const fill = (text) => text.replaceAll('{home}', home).replaceAll('{host}', HOST).replaceAll('{bin}', bin)
  for (const folder of [home, bin, tmp, join(home, 'desk')]) mkdirSync(folder, { recursive: true })
  writeFileSync(log, '')
  mkdirSync(peerBin)
  for (const name of PEER_PROGRAMS) linkProgram(name, peerBin)
  for (const name of ['git', ...(testCase.gpg ? ['gpg'] : []), ...testCase.programs]) linkProgram(name, bin)
  for (const [name, stub] of Object.entries(testCase.stubs)) {
    rmSync(join(bin, name), { force: true })
    writeStub({ bin, kept: join(top, 'stub'), peerBin, log, home, fill }, name, stub)
  }
  const files = await writeFiles(home, testCase.files, fill, keyring)
  for (const [path, mode] of files.modes) chmodSync(path, mode)

  return {
    home,
    cwd: join(home, fill(testCase.cwd)),
    tmp,
    log,
    processFile: (name) => processFile(join(top, 'stub'), name),
    env: {
      HOME: home,
      PATH: bin,
      LANG: 'C.UTF-8',
      TMPDIR: tmp,
      GIT_CONFIG_NOSYSTEM: '1',
      ...(testCase.gpg && keyring !== undefined ? { GNUPGHOME: keyring.home } : {}),
      ...Object.fromEntries(Object.entries(testCase.env).map(([name, value]) => [name, fill(value)])),
    },
    fill,
    ages: files.ages,
    remove() {
      for (const [path] of files.modes) if (existsSync(path)) chmodSync(path, 0o700)
      rmSync(top, { recursive: true, force: true })
    },
  }
}

/**
 * A link instead of the whole folder: only what a case names is on PATH.
 * @param {string} name
 * @param {string} bin
 */
function linkProgram(name, bin) {
  const found = findProgram(name)
  if (found !== undefined) symlinkSync(found, join(bin, name))
}

/**
 * @param {string} home
 * @param {Record<string, FileSpec>} specs
 * @param {(text: string) => string} fill
 * @param {Keyring | undefined} keyring
 */
async function writeFiles(home, specs, fill, keyring) {
  const now = Date.now() / 1000
  /** @type {Map<string, number>} */
  const ages = new Map()
  /** @type {[string, number][]} */
  const modes = []
  /** @type {[string, number][]} */
  const times = []
  for (const [name, spec] of Object.entries(specs)) {
    const path = join(home, fill(name))
    const parts = typeof spec === 'string' ? { text: spec } : spec
    mkdirSync(dirname(path), { recursive: true })
    if (name.endsWith('/')) mkdirSync(path, { recursive: true })
    else if (parts.link !== undefined) symlinkSync(fill(parts.link), path)
    else writeFileSync(path, await content(home, specs, parts, fill, keyring))
    if (parts.mode !== undefined) modes.push([path, parseInt(parts.mode, 8)])
    ages.set(name, parts.age ?? 0)
    times.push([path, now - (parts.age ?? 0)])
  }
  // A file changes the time of its folder: folders last.
  for (const [path, time] of times.sort(([a], [b]) => b.length - a.length)) lutimesSync(path, time, time)
  return { ages, modes }
}

/**
 * @param {string} home
 * @param {Record<string, FileSpec>} specs
 * @param {FileParts} parts
 * @param {(text: string) => string} fill
 * @param {Keyring | undefined} keyring
 * @returns {Promise<string | Buffer>}
 */
async function content(home, specs, parts, fill, keyring) {
  if (parts.signatureOf !== undefined) {
    if (keyring === undefined) throw new Error('a signature needs "gpg": true')
    const message = readFileSync(join(home, parts.signatureOf))
    return keyring.sign(message, parts.by ?? 'first', parts.textMode ?? false)
  }
  if (parts.copyOf !== undefined) {
    const original = specs[parts.copyOf]
    if (original === undefined || typeof original === 'string') throw new Error(`no file ${parts.copyOf}`)
    return content(home, specs, original, fill, keyring)
  }
  if (parts.base64 !== undefined) return Buffer.from(parts.base64, 'base64')
  if (parts.text !== undefined) return fill(parts.text)
  if (parts.json !== undefined) return pythonJson(parts.json)
  return messageText(parts)
}
