import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { Home } from '../support/home'
import { put, putSigned } from '../support/inbox'
import { atCall, callsOf, NO_LINKS, type Subject } from '../support/kill-points'
import { isLong, sample, sampleOfEach } from '../support/long'
import { messageText } from '../support/message'

/** Milliseconds: only what hangs takes as long. */
const LIMIT = 900_000
const NAME = '20260101T000000Z-from-mill-talk.org'
const SIGNATURE = `${NAME}.asc`

describe('C22 a move that is killed', () => {
  const home = new Home()
  const inbox = home.inbox('bob')
  const asideFolder = join(inbox, 'aside')
  const text = messageText({}, 'x'.repeat(10_000))
  let signature = Buffer.alloc(0)

  beforeAll(async () => {
    await home.makeKey()
    signature = readFileSync(`${await putSigned(home, 'bob', NAME, text)}.asc`)
  })
  afterAll(() => home.remove())

  const subject = (flag: string, isSigned: boolean, hasLinks: boolean): Subject => ({
    home,
    command: ['node', binOf('recv'), flag, join(flag === '--aside' ? inbox : asideFolder, NAME)],
    options: { cwd: '/tmp' },
    withoutLinks: !hasLinks,
    prepare() {
      rmSync(inbox, { recursive: true, force: true })
      mkdirSync(inbox, { recursive: true })
      const place = flag === '--aside' ? '' : 'aside/'
      put(home, 'bob', place + NAME, text)
      if (isSigned) put(home, 'bob', place + SIGNATURE, signature)
    },
  })

  const isWhole = (path: string, bytes: string | Buffer) =>
    existsSync(path) && readFileSync(path).equals(Buffer.from(bytes))
  /** The folders in which the message lies, whole, with its signature if it has one. */
  const lyingIn = (isSigned: boolean) =>
    [inbox, asideFolder].filter(
      (folder) =>
        isWhole(join(folder, NAME), text) && (!isSigned || isWhole(join(folder, SIGNATURE), signature)),
    )
  /** Folders with the message but without its bytes, or in signed mode without its signature. */
  const broken = (isSigned: boolean) =>
    [inbox, asideFolder].filter(
      (folder) => existsSync(join(folder, NAME)) && !lyingIn(isSigned).includes(folder),
    )
  const visible = (folder: string) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.') && name !== 'aside') : []

  const kinds: [string, boolean, boolean][] = [
    ['--aside', true, true],
    ['--put-back', true, true],
    ['--aside', true, false],
    ['--put-back', true, false],
    ['--aside', false, true],
    ['--put-back', false, true],
  ]
  it.each(sample(kinds, 1))(
    '%s (signed: %s, with hard links: %s) loses nothing at any call; a second one completes it',
    async (flag, isSigned, hasLinks) => {
      const run = subject(flag, isSigned, hasLinks)
      const all = (await callsOf(run)).filter(({ name }) => hasLinks || name !== 'link')
      expect(all.length).toBeGreaterThan(isSigned ? 8 : 5)
      for (const call of sampleOfEach(all, ({ name }) => name)) {
        const { line } = call
        expect((await atCall(call, 'signal=KILL', run)).exitCode, line).not.toBe(0)
        const where = lyingIn(isSigned)
        expect(where.length, `${line}: ${readdirSync(inbox)}`).toBeGreaterThan(0)
        // Without hard links a name is claimed by an empty file.
        if (hasLinks) expect(broken(isSigned), line).toEqual([])
        const next = await home.run('recv', ['--next', '--project', 'bob', '--no-verify'])
        if (hasLinks) expect(next.exitCode, line).toBe(where.includes(inbox) ? 0 : 6)

        const again = await home.exec('strace', [
          '-o',
          '/dev/null',
          ...(hasLinks ? [] : NO_LINKS),
          ...run.command,
        ])
        if (!hasLinks && again.exitCode === 3) {
          // An empty claim has its name, and what has other bytes is never taken for the message.
          expect(lyingIn(isSigned), line).toHaveLength(1)
          continue
        }
        expect(again, line).toMatchObject({ exitCode: 0, stderr: '' })
        const [target, source] = flag === '--aside' ? [asideFolder, inbox] : [inbox, asideFolder]
        expect(visible(source), line).toEqual([])
        const kept = visible(target).filter((name) => isWhole(join(target, name), text))
        expect(kept.length, `${line}: ${visible(target)}`).toBeGreaterThan(0)
        if (hasLinks) expect(visible(target).sort(), line).toEqual(isSigned ? [NAME, SIGNATURE] : [NAME])
      }
    },
    LIMIT,
  )

  it.runIf(isLong).each(['--aside', '--put-back'])(
    'or whose calls fail says so with 3 and loses nothing: %s',
    async (flag) => {
      const run = subject(flag, true, true)
      const calls = (await callsOf(run)).filter(({ line }) => !/(aside|put back): /.test(line))
      for (const error of sample(['ENOSPC', 'EIO'], 1)) {
        for (const call of sampleOfEach(calls, ({ name }) => name)) {
          // A hidden name that cannot be removed stays.
          if (call.line.includes('.tmp.') && call.name === 'unlink') continue
          const where = `${error} at ${call.line}`
          const failed = await atCall(call, `error=${error}`, run)
          expect(failed, where).toMatchObject({ exitCode: 3, stdout: '' })
          expect(failed.stderr, where).toMatch(
            new RegExp(`^cannot put (aside|back): [^\\n]*${error}[^\\n]*\\n[^\\n]+\\n$`),
          )
          expect(lyingIn(true).length, where).toBeGreaterThan(0)
          expect(broken(true), where).toEqual([])
          expect(await home.run('recv', run.command.slice(2)), where).toMatchObject({ exitCode: 0 })
          const [target, source] = flag === '--aside' ? [asideFolder, inbox] : [inbox, asideFolder]
          expect(visible(source), where).toEqual([])
          expect(visible(target).sort(), where).toEqual([NAME, SIGNATURE])
        }
      }
    },
    LIMIT,
  )
})
