import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mapParallel } from '@cac/core/programs/parallel'
import { beforeAll, describe, expect } from 'vitest'
import { type Outcome, outcomeOf } from '../support/home'
import { itLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { until } from '../support/until'

const MESSAGES = 100
const AT_ONCE = 8
const CONVERSATIONS = 8
const HALTED = 5

describe('everything at once: senders, two watchers, recv, status, halts and resumes', () => {
  const home = sharedHome()
  beforeAll(async () => {
    mkdirSync(home.inbox('bob'), { recursive: true })
    home.stub('systemctl', 'exit 0')
    await home.makeKey()
  })

  const inInbox = (name: string) => join(home.inbox('bob'), name)
  const messages = () => readdirSync(home.inbox('bob')).filter((name) => name.endsWith('.org'))
  const bodyOf = (name: string) => readFileSync(inInbox(name), 'utf8').split('\n\n')[1] ?? ''

  itLong('no message is lost, doubled or torn, and nobody fails', async () => {
    const files = Array.from({ length: MESSAGES }, (_, n) =>
      home.write(
        `out/${n}.org`,
        messageText({ CONVERSATION_ID: `talk-${n % CONVERSATIONS}`, SEQUENCE: String(n) }, `Number ${n}.\n`),
      ),
    )
    const watchers = ['one.log', 'two.log'].map((log) => {
      const file = join(home.path, log)
      const child = home.start('watch', ['--no-notify', '--log', file])
      return { file, child, ended: outcomeOf(child) }
    })
    const log = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [])
    // What is there before a watcher begins is not news to it.
    await Promise.all(watchers.map(({ child }) => once(child.stdout ?? child, 'data')))

    let isSending = true
    let hasFailed = false
    const counts = { refused: 0, halts: 0, doubleResumes: 0, recv: 0, recvHalted: 0, status: 0 }

    const sendUntilSent = async (file: string): Promise<Outcome> => {
      for (;;) {
        if (hasFailed) throw new Error('given up, since another command has failed')
        const outcome = await home.run('send', ['local.bob', file], { cwd: '/tmp' })
        if (outcome.exitCode !== HALTED) return outcome
        expect(outcome).toMatchObject({
          stdout: '',
          stderr: expect.stringMatching(/^(advice: [^\n]+\n)?halt active[^\n]*\nremove [^\n]+ to resume\n$/),
        })
        counts.refused++
        await sleep(50)
      }
    }
    const halt = async () => {
      const halted = await home.run('halt', ['round', String(counts.halts++)])
      expect(halted).toMatchObject({ exitCode: 0, stderr: '' })
    }
    // The first halt comes before the first send. The second round, which there always is, has two resumes at once.
    const brake = async () => {
      for (let round = 1; isSending || round <= 2; round++) {
        const before = counts.refused
        await until(() => counts.refused > before || !isSending || hasFailed, 'a halt stops a send')
        const resumes = round % 2 === 0 ? 2 : 1
        if (resumes === 2) counts.doubleResumes++
        for (const outcome of await Promise.all(
          Array.from({ length: resumes }, () => home.run('resume', [])),
        ))
          expect(outcome).toMatchObject({ exitCode: 0, stderr: '' })
        await sleep(400)
        await halt()
      }
      await home.run('resume', [])
    }
    const receive = async () => {
      for (let turn = 0; isSending; turn++) {
        const names = messages()
        const name = names[(turn * 7) % Math.max(1, names.length)]
        if (name === undefined) {
          await sleep(20)
          continue
        }
        const outcome = await home.run('recv', ['--json', inInbox(name)])
        counts.recv++
        if (outcome.exitCode === HALTED) {
          counts.recvHalted++
          expect(outcome).toMatchObject({
            stdout: '',
            stderr: expect.stringMatching(/^halt active[^\n]*\n$/),
          })
        } else {
          expect(outcome, name).toMatchObject({ exitCode: 0, stderr: '' })
          expect(JSON.parse(outcome.stdout)).toMatchObject({ decision: 'process' })
        }
      }
    }
    const look = async () => {
      while (isSending) {
        const outcome = await home.run('status', ['--json'])
        counts.status++
        expect(outcome.exitCode).toBe(0)
        // A halt may be written at this moment: then it is a banner without or with a part of its reason.
        expect(outcome.stderr).toMatch(
          /^(⚠ HALT ACTIVE [^\n]+\n( {2}reason: [^\n]*\n)? {2}clear: [^\n]+\n)?$/,
        )
        expect(JSON.parse(outcome.stdout)).toMatchObject({ projects: [{ name: 'bob' }] })
      }
    }

    const started = performance.now()
    await halt()
    const others = Promise.all([brake(), receive(), look()])
    others.catch(() => {
      hasFailed = true
    })
    const sending = mapParallel(files, AT_ONCE, sendUntilSent).finally(() => {
      isSending = false
    })
    // The first failure of any is the one to show.
    const [sent] = await Promise.all([sending, others])
    const seconds = (performance.now() - started) / 1000

    expect(sent.filter(({ exitCode }) => exitCode !== 0)).toEqual([])
    const said = sent.map(({ stdout }) => /^sent: (.+)\n$/s.exec(stdout)?.[1] ?? stdout)
    expect(said.sort()).toEqual(messages().map(inInbox).sort())
    const wanted = files.map((_, n) => `Number ${n}.\n`).sort()
    expect(messages().map(bodyOf).sort()).toEqual(wanted)
    // Nothing else is there: no temp file, no signature without its message, nothing of a send that was refused.
    expect(readdirSync(home.inbox('bob')).sort()).toEqual(
      messages()
        .flatMap((name) => [name, `${name}.asc`])
        .sort(),
    )
    const received = await mapParallel(messages(), 4, (name) => home.run('recv', [inInbox(name)]))
    expect(received.filter(({ exitCode }) => exitCode !== 0)).toEqual([])

    for (const { file } of watchers) await until(() => log(file).length >= MESSAGES, 'all are told of')
    // Each look sees the whole folder: the one that finds this file would tell again what it tells twice.
    writeFileSync(inInbox('later'), '')
    for (const { file } of watchers) await until(() => log(file).join().includes('\tlater'), 'a later look')
    for (const { file, child, ended } of watchers) {
      child.kill()
      const { stdout, stderr } = await ended
      expect(stderr).toBe('')
      expect(stdout.trimEnd().split('\n')).toHaveLength(1 + MESSAGES + 1)
      const told = log(file).map((line) => line.split('\t')[2] ?? line)
      expect(told.sort()).toEqual([...messages(), 'later'].sort())
    }
    console.log(
      `together: ${MESSAGES} messages, ${AT_ONCE} at a time, in ${seconds.toFixed(1)} s; lost ${MESSAGES - messages().length}; ` +
        `refused by a halt and sent again ${counts.refused}; halts ${counts.halts}, with two resumes at once ${counts.doubleResumes}; ` +
        `recv ${counts.recv} (halted ${counts.recvHalted}), status ${counts.status}; each of two watchers told of each once`,
    )
  })
})
