import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { atCall, callsOf, type Subject } from '../support/kill-points'
import { LONGER, sample, sampleOfEach } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

/** Milliseconds: only what hangs takes as long. */
const LIMIT = 900_000

describe('B6 a send that is killed', () => {
  const home = sharedHome()
  const inbox = home.inbox('bob')
  const temp = join(home.path, 'temp')
  const message = home.write('message.org', messageText({}, 'x'.repeat(10_000)))
  const env = { TMPDIR: temp }
  const clear = () => {
    for (const folder of [join(home.path, 'projects'), temp]) rmSync(folder, { recursive: true, force: true })
    mkdirSync(join(home.path, 'projects/bob'), { recursive: true })
    mkdirSync(temp)
  }
  const subject = (args: string[]): Subject => ({
    home,
    command: ['node', binOf('send'), 'local.bob', message, ...args],
    options: { env, cwd: '/tmp' },
    prepare: clear,
  })

  beforeAll(() => home.makeKey())

  it.each(
    sample(
      [
        ['signed', []],
        ['unsigned', ['--no-sign']],
      ],
      1,
    ),
  )(
    '%s, before each call that changes a file, leaves nothing broken',
    async (kind, args) => {
      const all = await callsOf(subject(args))
      expect(all.length).toBeGreaterThan(kind === 'signed' ? 12 : 6)
      const calls = sampleOfEach(all, ({ name }) => name)
      for (const call of calls) {
        const { line } = call
        const killed = await atCall(call, 'signal=KILL', subject(args))
        expect(killed.exitCode, line).not.toBe(0)
        const names = existsSync(inbox) ? readdirSync(inbox) : []
        const messages = names.filter((found) => found.endsWith('.org') && !found.startsWith('.'))
        for (const found of messages) {
          const received = await home.run('recv', [
            join(inbox, found),
            ...(kind === 'signed' ? [] : ['--no-verify']),
          ])
          expect(received, `${line}\n${received.stdout}`).toMatchObject({ exitCode: 0 })
        }
        const others = names.filter((found) => !messages.includes(found) && !found.startsWith('.tmp.'))
        expect(
          others.every((found) => found.endsWith('.asc')),
          `${line}: ${others}`,
        ).toBe(true)

        const next = await home.run('send', ['local.bob', message, ...args], { env, cwd: '/tmp' })
        expect(next, line).toMatchObject({ exitCode: 0 })
        const left = readdirSync(inbox).filter((found) => found.startsWith('.tmp.'))
        const yesterday = Date.now() / 1000 - 25 * 3600
        for (const found of left) utimesSync(join(inbox, found), yesterday, yesterday)
        expect((await home.run('send', ['local.bob', message, ...args], { env, cwd: '/tmp' })).exitCode).toBe(
          0,
        )
        // Temp files are gone, and so is a signature whose message never came.
        const kept = readdirSync(inbox)
        const odd = kept.filter(
          (found) =>
            found.startsWith('.tmp.') || (found.endsWith('.asc') && !kept.includes(found.slice(0, -4))),
        )
        expect(odd, line).toEqual([])
      }
      console.log(`kills tried (${kind}): ${calls.length}`)
    },
    LIMIT,
  )

  it('whose calls fail instead says so in one line and leaves nothing behind', {
    ...LONGER,
    timeout: LIMIT,
  }, async () => {
    const calls = (await callsOf(subject([]))).filter(
      ({ name, line }) => !line.includes('sent: ') && name !== 'rmdir' && name !== 'unlink',
    )
    let tried = 0
    for (const error of sample(['ENOSPC', 'EIO', 'EDQUOT'], 1)) {
      for (const call of sampleOfEach(calls, ({ name }) => name)) {
        const { line } = call
        const failed = await atCall(call, `error=${error}`, subject([]))
        tried++
        expect(failed, `${error} at ${line}`).toMatchObject({ exitCode: 1, stdout: '' })
        expect(failed.stderr, line).toMatch(/^[^\n]+\n([^\n]+\n)?$/)
        expect(failed.stderr, line).toContain(error.replace('EDQUOT', 'quota'))
        expect(readdirSync(temp), line).toEqual([])
        const names = existsSync(inbox) ? readdirSync(inbox) : []
        expect(
          names.filter((found) => found.startsWith('.')),
          line,
        ).toEqual([])
      }
    }
    console.log(`failing calls tried: ${tried}`)
  })
})
