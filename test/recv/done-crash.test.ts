import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { put, putSigned } from '../support/inbox'
import { atCall, callsOf, NO_LINKS, type Subject } from '../support/kill-points'
import { isLong, sample, sampleOfEach } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

/** Milliseconds: only what hangs takes as long. */
const LIMIT = 900_000
const NAME = '20260101T000000Z-from-mill-talk.org'
const SIGNATURE = `${NAME}.asc`

describe('C14 a --done that is killed', () => {
  const home = sharedHome()
  const inbox = home.inbox('bob')
  const doneFolder = join(inbox, 'done')
  const text = messageText({}, 'x'.repeat(10_000))
  let signature = Buffer.alloc(0)

  beforeAll(async () => {
    await home.makeKey()
    signature = readFileSync(`${await putSigned(home, 'bob', NAME, text)}.asc`)
  })

  const subject = (isSigned: boolean, hasLinks: boolean): Subject => ({
    home,
    command: ['node', binOf('recv'), '--done', join(inbox, NAME)],
    options: { cwd: '/tmp' },
    withoutLinks: !hasLinks,
    prepare() {
      rmSync(inbox, { recursive: true, force: true })
      mkdirSync(inbox, { recursive: true })
      put(home, 'bob', NAME, text)
      if (isSigned) put(home, 'bob', SIGNATURE, signature)
    },
  })

  const isWhole = (path: string, bytes: string | Buffer) =>
    existsSync(path) && readFileSync(path).equals(Buffer.from(bytes))
  /** The folders in which the message lies, whole, with its signature if it has one. */
  const lyingIn = (isSigned: boolean) =>
    [inbox, doneFolder].filter(
      (folder) =>
        isWhole(join(folder, NAME), text) && (!isSigned || isWhole(join(folder, SIGNATURE), signature)),
    )
  /** Names that no run may leave: of a message without its bytes, or in signed mode without its signature. */
  const broken = (isSigned: boolean) =>
    [inbox, doneFolder].filter(
      (folder) => existsSync(join(folder, NAME)) && !lyingIn(isSigned).includes(folder),
    )
  const decide = async (path: string, isSigned: boolean) =>
    (await home.run('recv', [path, ...(isSigned ? [] : ['--no-verify'])])).exitCode
  const unfinished = (name: string) => name.startsWith('.tmp.')

  const kinds: [string, boolean, boolean][] = [
    ['signed', true, true],
    ['signed, without hard links', true, false],
    ['unsigned', false, true],
    ['unsigned, without hard links', false, false],
  ]
  it.each(sample(kinds, 1))(
    '%s, before each call that changes a file, loses nothing; a second one finishes it',
    async (kind, isSigned, hasLinks) => {
      const run = subject(isSigned, hasLinks)
      const all = (await callsOf(run)).filter(({ name }) => hasLinks || name !== 'link')
      expect(all.length).toBeGreaterThan(isSigned ? 8 : 6)
      const calls = sampleOfEach(all, ({ name }) => name)
      for (const call of calls) {
        const { line } = call
        const killed = await atCall(call, 'signal=KILL', run)
        expect(killed.exitCode, line).not.toBe(0)

        const where = lyingIn(isSigned)
        expect(where.length, `${line}: ${readdirSync(inbox)}`).toBeGreaterThan(0)
        // Without hard links a name is claimed by an empty file.
        if (hasLinks) expect(broken(isSigned), line).toEqual([])
        if (existsSync(join(inbox, NAME))) {
          const decision = await decide(join(inbox, NAME), isSigned)
          expect(decision, line).toBe(where.includes(doneFolder) ? 1 : 0)
        }
        const next = await home.run('recv', ['--next', '--project', 'bob', '--no-verify'])
        const expected = where.includes(inbox) ? (where.includes(doneFolder) ? 1 : 0) : 6
        expect(next.exitCode, line).toBe(expected)

        const again = hasLinks
          ? await home.run('recv', run.command.slice(2))
          : await home.exec('strace', ['-o', '/dev/null', ...NO_LINKS, ...run.command])
        expect(again, line).toMatchObject({ exitCode: 0, stderr: '' })
        expect(readdirSync(inbox), line).toEqual(['done'])
        const done = readdirSync(doneFolder).filter((name) => !unfinished(name))
        const kept = done.filter((name) => isWhole(join(doneFolder, name), text))
        expect(kept.length, `${line}: ${done}`).toBeGreaterThan(0)
        for (const name of kept)
          expect(isWhole(join(doneFolder, `${name}.asc`), signature), `${line}: ${done}`).toBe(isSigned)
        if (hasLinks) expect(done.sort(), line).toEqual(isSigned ? [NAME, SIGNATURE] : [NAME])

        put(home, 'bob', NAME, text)
        if (isSigned) put(home, 'bob', SIGNATURE, signature)
        expect(await decide(join(inbox, NAME), isSigned), `retry: ${line}`).toBe(1)
      }
      console.log(`kills tried (${kind}): ${calls.length}`)
    },
    LIMIT,
  )

  const links: [string, boolean][] = [
    ['with hard links', true],
    ['without', false],
  ]
  it.runIf(isLong).each(links)(
    'or whose calls fail says so with 3, loses nothing and leaves nothing unfinished: %s',
    async (_, hasLinks) => {
      const run = subject(true, hasLinks)
      const calls = (await callsOf(run)).filter(
        ({ name, line }) => !line.includes('done: ') && (hasLinks || name !== 'link'),
      )
      for (const error of sample(['ENOSPC', 'EIO'], 1)) {
        for (const call of sampleOfEach(calls, ({ name }) => name)) {
          // A temp file that cannot be removed stays.
          if (call.line.includes('.tmp.') && call.name === 'unlink') continue
          const where = `${error} at ${call.line}`
          const failed = await atCall(call, `error=${error}`, run)
          expect(failed, where).toMatchObject({ exitCode: 3, stdout: '' })
          expect(failed.stderr, where).toMatch(
            new RegExp(`^cannot mark as done: [^\\n]*${error}[^\\n]*\\n[^\\n]+\\n$`),
          )
          expect(lyingIn(true).length, where).toBeGreaterThan(0)
          expect(broken(true), where).toEqual([])
          const done = existsSync(doneFolder) ? readdirSync(doneFolder) : []
          expect(done.filter(unfinished), where).toEqual([])
          expect(done, where).toSatisfy((names: string[]) => names.length === 0 || names.includes(NAME))
          const again = await home.run('recv', ['--done', join(inbox, NAME)])
          expect(again, where).toMatchObject({ exitCode: 0, stderr: '' })
          expect(readdirSync(inbox), where).toEqual(['done'])
          expect(readdirSync(doneFolder).sort(), where).toEqual([NAME, SIGNATURE])
        }
      }
    },
    LIMIT,
  )
})
