import { isUtf8 } from 'node:buffer'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { haltBanner, readHalt } from '@cac/core/brake/halt'
import { readCommandLine } from '@cac/core/command/command-line'
import { Failure } from '@cac/core/command/failure'
import { paths } from '@cac/core/fs/paths'
import { readHeader } from '@cac/core/message/header'
import { canonicalName, fitsFileSystem, isStamped } from '@cac/core/message/message-name'
import { headerProblem } from '@cac/core/message/protocol'
import { judge } from '@cac/core/message/signing'
import { parseTimestamp } from '@cac/core/message/timestamp'
import { readPeersFile } from '@cac/core/peers/peers-file'
import { lastWords } from '@cac/core/programs/exec'
import { matchingFolders, translateGlob } from '@cac/core/project/glob'
import { toCompactJson, toJson } from '@cac/core/text/json'
import { compareText, parseInteger, repr, trim } from '@cac/core/text/python-text'
import { decodeName, escapeBytes, toBytes, toPath } from '@cac/core/text/raw-name'
import { shellQuote } from '@cac/core/text/shell'
import { escapeAll, escapeControls } from '@cac/core/text/terminal'
import { afterAll, describe, expect, it } from 'vitest'
import { projectsOf } from '../../packages/discover/src/probe'
import { parseProbes } from '../../packages/discover/src/probes'
import { sendTable } from '../../packages/send/src/options'
import { makeRandom } from '../conformance/random.mjs'
import { isLong, itLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { seeds } from '../support/seeds'

/** Pieces from which nearly valid and quite invalid texts grow. */
const PIECES = [
  '#+',
  'TITLE',
  'SEQUENCE',
  ':',
  ' ',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\v',
  '\x1c',
  '\x85',
  '\u2028',
  '\u3000',
  '\ufeff',
  '\0',
  '\x1b[2J',
  '\x7f',
  '\x9b',
  '\u202e',
  '"',
  "'",
  '\\',
  '`',
  '$(',
  ')',
  '{',
  '}',
  '[',
  ']',
  '*',
  '?',
  '!',
  '-',
  '--',
  '=',
  '/',
  '..',
  '.',
  '~',
  '%',
  '&',
  '|',
  ';',
  '<',
  '>',
  '^',
  '0',
  '9',
  '٣',
  '_',
  '+',
  'e',
  'T',
  'Z',
  '2026',
  '-04-27',
  'T04:11:42',
  '-05:00',
  'é',
  '😀',
  '\ud800',
  'release',
  'peers',
  'trust',
  'signers',
  '[GNUPG:] ',
  'GOODSIG',
  'VALIDSIG',
  'REVKEYSIG',
  '00',
  'from',
  '.org',
  '.asc',
  'true',
  'null',
  '\\u0000',
  '"""',
  "'''",
] as const

/** Texts for each parser. */
const INPUTS = isLong ? 15_000 : 1500

describe.each(seeds)('parsing code on hostile text, seed %i', (seed) => {
  const random = makeRandom(seed)
  const home = sharedHome()
  let inputs = 0
  afterAll(() => {
    console.log(`inputs given to the parsing code: ${inputs} (seed ${seed})`)
  })
  /** For inputs that are nearly right, so that what is accepted is put to the test as well. */
  const shaped = makeRandom(seed ^ 0xabcdef)
  const text = (most = 12) => {
    let grown = ''
    for (let pieces = random.below(most); pieces > 0; pieces--) grown += random.pick(PIECES)
    return grown
  }
  const each = (count: number, check: (input: string) => void) => {
    for (let n = 0; n < count; n++) {
      inputs++
      check(text())
    }
  }

  it('header: never throws, keys are keys, values are trimmed', () => {
    each(INPUTS, (noise) => {
      const input = random.chance(0.5)
        ? noise
        : messageText({ [random.pick(['TITLE', 'SEQUENCE', 'TIMESTAMP'])]: noise })
      const { header } = readHeader(input, true)
      for (const [key, value] of header) {
        expect(key).toMatch(/^[A-Z_]+$/)
        expect(trim(value)).toBe(value)
      }
      headerProblem(header)
      const partial = readHeader(input, false)
      // What is closed by half a text is not reopened by more of it.
      if (partial.closed) expect(readHeader(`${input}\n#+LATER: x\n`, true).header).toEqual(partial.header)
    })
  })

  it('numbers and times: what is read is what the text says', () => {
    each(INPUTS, (noise) => {
      const integer = parseInteger(noise)
      if (integer !== undefined) expect(parseInteger(String(integer))).toBe(integer)
      const instant = parseTimestamp(random.chance(0.3) ? `2026-04-27T04:11:42${noise}` : noise)
      if (instant !== undefined) expect(Number.isFinite(instant)).toBe(true)
    })
  })

  it('shown text: no control character, JSON that reads back, one word to a shell', async () => {
    const words: string[] = []
    each(INPUTS, (noise) => {
      expect(escapeAll(noise)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e\u2028]/)
      expect(escapeControls(noise)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
      expect(repr(noise)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
      expect(JSON.parse(toJson({ noise }))).toEqual({ noise })
      expect(JSON.parse(toCompactJson({ noise }))).toEqual({ noise })
      expect(toJson({ noise })).toMatch(/^[\n\x20-\x7e]*$/)
      words.push(noise.replaceAll('\0', '').replace(/\p{Surrogate}/gu, ''))
    })
    for (let start = 0; start < words.length; start += 500) {
      const some = words.slice(start, start + 500)
      const said = await home.exec('sh', ['-c', `printf '%s\\0' ${some.map(shellQuote).join(' ')}`])
      expect(said.stdout.split('\0').slice(0, -1)).toEqual(some)
    }
  })

  it('gpg status: nothing but a whole good verdict is good', () => {
    each(INPUTS, (noise) => {
      const verdict = judge({ exitCode: 0, stdout: noise, stderr: '' })
      if (verdict.good) expect(noise).toMatch(/GOODSIG.*VALIDSIG|VALIDSIG.*GOODSIG/s)
      expect(judge({ exitCode: 1, stdout: noise, stderr: noise }).good).toBe(false)
    })
    const good = '[GNUPG:] GOODSIG KEYID name'
    const valid = '[GNUPG:] VALIDSIG FPR 2026-01-01 1767225600 0 4 0 22 8 00 PRIMARY'
    const bad = [
      '[GNUPG:] REVKEYSIG KEYID name',
      '[GNUPG:] BADSIG KEYID name',
      valid.replace(' 00 ', ' 01 '),
    ] as const
    let [accepted, refused] = [0, 0]
    for (let n = 0; n < 5000; n++) {
      inputs++
      const lines = Array.from({ length: shaped.below(5) }, () =>
        shaped.chance(0.8)
          ? shaped.pick([good, valid])
          : shaped.pick([...bad, ` ${valid}`, good.toLowerCase()]),
      )
      const count = (line: string) => lines.filter((found) => found === line).length
      const isGood =
        count(valid) > 0 && count(good) === count(valid) && bad.every((line) => count(line) === 0)
      const verdict = judge({ exitCode: 0, stdout: lines.join('\n'), stderr: '' })
      expect(verdict.good, lines.join('\n')).toBe(isGood)
      if (isGood) accepted++
      else refused++
    }
    expect(Math.min(accepted, refused)).toBeGreaterThan(100)
  })

  it('names and globs: no way out of a folder, no pattern that hangs', async () => {
    each(INPUTS / 3, (noise) => {
      const name = canonicalName(0, 'mill', noise)
      expect(isStamped(name)).toBe(true)
      fitsFileSystem(name)
      translateGlob(noise)
    })
    mkdirSync(join(home.path, 'a/b'), { recursive: true })
    for (let n = 0; n < 300; n++) {
      inputs++
      const found = await matchingFolders(`${home.path}/${text(6).replaceAll('\0', '').replaceAll('..', '')}`)
      expect(Array.isArray(found)).toBe(true)
    }
  })

  it('names of any bytes: text and back again without a loss, in an order that holds', () => {
    const some = () => {
      const noise = Buffer.from(Array.from({ length: random.below(8) }, () => random.below(256)))
      const whole = Buffer.concat([
        Buffer.from(text(3).toWellFormed()),
        noise,
        Buffer.from(text(2).toWellFormed()),
      ])
      return random.chance(0.5) ? whole : whole.subarray(random.below(4))
    }
    let last = decodeName(some())
    for (let n = 0; n < 5000; n++) {
      inputs++
      const bytes = some()
      const name = decodeName(bytes)
      expect(toBytes(name).equals(bytes)).toBe(true)
      expect(name.isWellFormed()).toBe(isUtf8(bytes))
      expect(Buffer.from(toPath(name)).equals(bytes)).toBe(true)
      expect(escapeBytes(name).isWellFormed()).toBe(true)
      expect(Math.sign(compareText(name, last))).toBe(-Math.sign(compareText(last, name)) + 0)
      expect(compareText(name, last) === 0).toBe(name === last)
      last = name
    }
  })

  it('command lines: read, or corrected', () => {
    each(INPUTS / 3, () => {
      const argv = Array.from({ length: random.below(5) }, () =>
        random.chance(0.3) ? `--${text(3)}` : text(3),
      )
      expect(['run', 'help', 'version', 'correction']).toContain(readCommandLine(sendTable, argv).wants)
    })
  })

  itLong('peers.toml and HALT: read, or one clear line', async () => {
    const toml = [
      '[peers.',
      'velox',
      ']\n',
      'host',
      ' = ',
      '"',
      '\n',
      '[trust]\n',
      'signers',
      '[',
      ']',
      'ssh_user',
      '[projects.',
      '1',
      '{',
      '}',
      ',',
      '#',
      '\\',
      "'",
    ] as const
    const accepted = { peers: 0, signers: 0, inboxes: 0 }
    const value = () => (shaped.chance(0.7) ? '"velox-2.local"' : JSON.stringify(shaped.pick(PIECES)))
    const nearlyRight = () => {
      const signer = shaped.chance(0.7) ? `"${'0123456789'.repeat(4)}"` : value()
      const parts = [
        `[peers.velox]\nhost = ${value()}\nssh_user = ${value()}\n`,
        `[projects.bob]\ninbox_path = ${value()}\n`,
        `[trust]\nsigners = [${signer}]\n`,
      ].filter(() => shaped.chance(0.8))
      return shaped.shuffled(parts).join(shaped.pick(['', '\n', '# x\n']))
    }
    for (let n = 0; n < 3000; n++) {
      inputs++
      let content = ''
      for (let pieces = random.below(14); pieces > 0; pieces--)
        content += random.chance(0.15) ? text(2) : random.pick(toml)
      home.write('.config/cross-agent-comms/peers.toml', n % 2 === 0 ? content : nearlyRight())
      try {
        const peers = await readPeersFile(paths(home.path))
        for (const name of peers.peerNames()) {
          const peer = peers.peer(name)
          expect(peer?.host).not.toMatch(/^-|\s/)
          expect(peer?.user ?? '').not.toMatch(/^-|\s/)
          accepted.peers++
        }
        for (const signer of (await peers.trust())?.signers ?? []) {
          expect(signer).toMatch(/^[0-9A-F]{40}$/)
          accepted.signers++
        }
        if (peers.inboxPath('bob') !== undefined) accepted.inboxes++
      } catch (error) {
        expect(error, content).toBeInstanceOf(Failure)
        if (error instanceof Failure) expect(error.message).not.toContain('\n')
      }
      home.write('.config/cross-agent-comms/HALT', text())
      const halt = readHalt(paths(home.path))
      expect(halt).toBeDefined()
      if (halt !== undefined) expect(haltBanner(halt).join('\n')).toContain('HALT ACTIVE')
    }
    expect(Math.min(accepted.peers, accepted.signers, accepted.inboxes)).toBeGreaterThan(10)
  })

  it('discovery cache and listings of peers: probes of the right shape, or none', () => {
    const json = [
      '{',
      '}',
      '[',
      ']',
      ',',
      '"scanned_at":',
      '"peers":',
      '"name":',
      '"host":',
      '"reachable":',
      '"x"',
      'true',
      '1',
      'null',
    ] as const
    const accepted = { projects: 0, caches: 0 }
    for (let n = 0; n < 5000; n++) {
      inputs++
      let content = ''
      for (let pieces = random.below(16); pieces > 0; pieces--)
        content += random.chance(0.1) ? text(2) : random.pick(json)
      const whole = `{"scanned_at":"x","peers":[{"name":"a","host":"b","reachable":${content}}]}`
      for (const cache of [content, whole]) {
        for (const peer of parseProbes(cache, 0)?.peers ?? [])
          expect(typeof peer.name + typeof peer.host).toBe('stringstring')
      }
      for (const project of projectsOf(text(8))) expect(project).not.toContain('/')
      for (const project of projectsOf(`/${text(8)}/.ai${shaped.pick(['', '/', '//', '\n', 'x'])}`)) {
        expect(project).not.toMatch(/[\n\r/]/)
        accepted.projects++
      }
      const part = () => shaped.pick(['"x"', '"x"', 'true', 'false', shaped.pick(['1', 'null', '{}', '[]'])])
      const report = `{"name":${part()},"host":${part()},"reachable":${part()},"projects":[${part()}]}`
      const kept = parseProbes(`{"scanned_at":${part()},"peers":[${report}]}`, 0)
      if (kept !== undefined) {
        const [peer] = kept.peers
        expect([kept.scannedAt, peer?.name, peer?.host, peer?.projects]).toEqual(['x', 'x', 'x', ['x']])
        expect([true, false]).toContain(peer?.reachable)
        accepted.caches++
      }
      expect(lastWords({ exitCode: 1, stdout: '', stderr: text() })).not.toMatch(/[\n\r]/)
    }
    expect(Math.min(accepted.projects, accepted.caches)).toBeGreaterThan(10)
  })
})
