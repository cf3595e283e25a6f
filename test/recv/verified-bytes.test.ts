import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { gpg } from '../support/keys'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const GOOD = messageText({}, 'Pay them.\n')
const EVIL = messageText({}, 'Pay me!!!\n')
const NAME = '20260427T091142Z-from-mill-talk.org'
const hash = (text: string) => createHash('sha256').update(text).digest('hex')

const home = sharedHome()
const path = join(home.inbox('bob'), NAME)
const good = join(home.path, 'good')
const signature = join(home.path, 'good.asc')
const put = (name: string, content: string | Uint8Array) =>
  home.write(`projects/bob/inbox/from-agents/${name}`, content)
const recv = async (message = path) => {
  const { exitCode, stdout } = await home.run('recv', [message])
  return `${exitCode} ${/^reason: (.*)$/m.exec(stdout)?.[1] ?? /^sha256: (.*)$/m.exec(stdout)?.[1]}`
}

beforeAll(async () => {
  await home.makeKey()
  home.write('good', GOOD)
  await gpg(home, '--armor', '--output', signature, '--detach-sign', good)
})
beforeEach(() => {
  put(NAME, GOOD)
  put(`${NAME}.asc`, readFileSync(signature))
})
afterEach(() => {
  rmSync(dirname(path), { recursive: true })
  rmSync(home.programs, { recursive: true, force: true })
})

describe('B32 what is verified is what was read', () => {
  /** What a writer does to the inbox before gpg starts, and after it has ended. */
  const SWAPS: [string, string, string][] = [
    ['renames', 'mv "$M" "$EVIL"; cp "$GOOD" "$M"', 'mv "$EVIL" "$M"'],
    ['writing in place', 'cat "$GOOD" > "$M"', 'cat "$EVIL" > "$M"'],
    ['hard links', 'ln -f "$GOOD" "$M"', 'ln -f "$EVIL" "$M"'],
    ['symbolic links', 'ln -sfn "$GOOD" "$M"', 'ln -sfn "$EVIL" "$M"'],
  ]
  it.each(sample(SWAPS, 1))(
    'also where a writer swaps the file to and fro by %s',
    async (_, toGood, toEvil) => {
      const names = `M='${path}' GOOD='${good}' EVIL='${home.write('evil', EVIL)}' PATH=/usr/local/bin:/usr/bin:/bin`
      home.stub('gpg', `${names}; ${toGood}; gpg "$@"; status=$?; ${toEvil}; exit $status`)
      put(NAME, EVIL)
      expect(await recv()).toMatch(/^3 gpg verify failed: .*BAD signature/)
      expect(readFileSync(path, 'utf8')).toBe(EVIL)
    },
  )

  itLong('whatever comes of swaps at any moment', async () => {
    const evil = home.write('evil', EVIL)
    const flip = `
      const { renameSync, linkSync, rmSync } = require('fs')
      const [path, ...texts] = process.argv.slice(1)
      for (let n = 0; ; n++) {
        try { linkSync(texts[n % 2], path + '.new'); renameSync(path + '.new', path) } catch {}
        // A link over another one to the same file stays beside it.
        rmSync(path + '.new', { force: true })
      }`
    const flipper = spawn(process.execPath, ['-e', flip, path, evil, good], { stdio: 'ignore' })
    try {
      for (let tries = 0; tries < 25; tries++) expect(await recv()).not.toContain(hash(EVIL))
    } finally {
      flipper.kill('SIGKILL')
    }
  })

  it('and a whole signed message is no signature of another', async () => {
    await gpg(home, '--armor', '--output', `${path}.asc`, '--sign', good)
    put(NAME, EVIL)
    expect(await recv()).toMatch(/^3 gpg verify failed: /)
  })
})

describe('B32 a signature that is too large', () => {
  it('is not read: more than 64 KB', async () => {
    const asc = put(`${NAME}.asc`, Buffer.alloc(64 * 1024, '\n'))
    writeFileSync(asc, readFileSync(signature), { flag: 'r+' })
    expect(await recv()).toBe(`0 ${hash(GOOD)}`)
    truncateSync(asc, 64 * 1024 + 1)
    expect(await recv()).toBe(`3 signature file is larger than 64 KB: ${NAME}.asc`)
    truncateSync(asc, 200_000_000_000)
    expect(await recv()).toBe(`3 signature file is larger than 64 KB: ${NAME}.asc`)
  })
  itLong('makes a neighbour no copy, and costs nothing', async () => {
    put('20260101T000000Z-from-mill-talk.org', GOOD)
    const asc = put('20260101T000000Z-from-mill-talk.org.asc', readFileSync(signature))
    expect(await recv()).toBe('1 identical retry of 20260101T000000Z-from-mill-talk.org')
    truncateSync(asc, 200_000_000_000)
    expect(await recv()).toBe(`0 ${hash(GOOD)}`)
  })
})

describe('B32 more than four signatures', () => {
  const signatures = async (count: number) => {
    const one = join(home.path, 'good.sig')
    await gpg(home, '--output', one, '--detach-sign', good)
    return Buffer.concat(Array<Buffer>(count).fill(readFileSync(one)))
  }
  it('are a rejection', async () => {
    put(`${NAME}.asc`, await signatures(4))
    expect(await recv()).toBe(`0 ${hash(GOOD)}`)
    put(`${NAME}.asc`, await signatures(5))
    expect(await recv()).toBe('3 gpg verify failed: more than 4 signatures')
  })
  itLong('make a neighbour no copy', async () => {
    put('20260101T000000Z-from-mill-talk.org', GOOD)
    put('20260101T000000Z-from-mill-talk.org.asc', await signatures(5))
    expect(await recv()).toBe(`0 ${hash(GOOD)}`)
  })
})

it('B32 a neighbour whose signature cannot be read does not matter', async () => {
  // The name of its signature is longer than any name can be.
  put(`20260101T000000Z-from-mill-${'x'.repeat(222)}.org`, GOOD)
  put('20260101T000001Z-from-mill-talk.org', GOOD)
  copyFileSync(signature, join(dirname(path), '20260101T000001Z-from-mill-talk.org.asc'))
  chmodSync(join(dirname(path), '20260101T000001Z-from-mill-talk.org.asc'), 0o000)
  const decision = await recv()
  // To root every file is readable.
  expect(decision).toBe(
    process.getuid?.() === 0 ? '1 identical retry of 20260101T000001Z-from-mill-talk.org' : `0 ${hash(GOOD)}`,
  )
  rmSync(join(dirname(path), '20260101T000001Z-from-mill-talk.org.asc'))
  expect(await recv()).toBe(`0 ${hash(GOOD)}`)
})

it('B66 what is signed is what was read, also where the file is swapped to and fro', async () => {
  rmSync(path)
  const message = home.write('out.org', GOOD)
  const names = `M='${message}' GOOD='${good}' EVIL='${home.write('evil', EVIL)}' PATH=/usr/local/bin:/usr/bin:/bin`
  home.stub('gpg', `${names}; cat "$EVIL" > "$M"; gpg "$@"; status=$?; cat "$GOOD" > "$M"; exit $status`)
  const { exitCode, stdout } = await home.run('send', ['local.bob', message])
  expect(exitCode).toBe(0)
  rmSync(home.programs, { recursive: true })
  expect(await recv(stdout.slice('sent: '.length).trim())).toBe(`0 ${hash(GOOD)}`)
})
