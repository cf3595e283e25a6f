import type { ChildProcess } from 'node:child_process'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type Outcome, outcomeOf } from '../support/home'
import { untilWatching } from '../support/inotify'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it } from '../support/own-home'
import { until } from '../support/until'

let runners: { child: ChildProcess; ended: Promise<Outcome> }[]
beforeEach(() => {
  runners = []
  mkdirSync(home.inbox('bob'), { recursive: true })
})
afterEach(async () => {
  for (const { child, ended } of runners) {
    child.kill('SIGTERM')
    await ended
  }
})

const name = (day: number) => `202601${String(day).padStart(2, '0')}T000000Z-from-alice-talk.org`

function arrive(file: string, fields: Record<string, string> = {}): string {
  const temp = join(home.inbox('bob'), `.tmp.${file}`)
  writeFileSync(temp, messageText(fields))
  renameSync(temp, join(home.inbox('bob'), file))
  return join(home.inbox('bob'), file)
}

/** Starts `watch --exec handle`, where handle is a shell script that gets the path as its first argument. */
function start(script: string, ...args: string[]): { child: ChildProcess; ended: Promise<Outcome> } {
  home.stub('handle', script)
  const child = home.start('watch', [...args, '--exec', 'handle'])
  const runner = { child, ended: outcomeOf(child) }
  runners.push(runner)
  return runner
}
const RECORD = 'printf "%s\\n" "$1" >> "$HOME/handled"'
const handled = () => {
  const file = join(home.path, 'handled')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  // The shell makes the file before it writes to it.
  return lines.filter((line) => line !== '')
}
const log = () => {
  const file = join(home.path, '.local/state/cross-agent-comms/watch.log')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

describe('C5 watch --exec', () => {
  it('runs the program for each that waits, in order, and for each that comes', async () => {
    const waiting = [arrive(name(2)), arrive(name(3)), arrive(name(1))].sort()
    const { child } = start(RECORD)
    await until(() => handled().length === 3, 'three are handled')
    expect(handled()).toEqual(waiting)
    const coming = [4, 5, 6].map((day) => arrive(name(day)))
    await until(() => handled().length === 6, 'six are handled')
    expect(handled().sort()).toEqual([...waiting, ...coming])
    expect(child.exitCode).toBe(null)
  })

  it('tells of the known fields of the header in the environment, and of no others', async () => {
    const path = arrive(name(1), { TITLE: 'a $(b) "c"', DEBUG: '1', MESSAGE: 'forged', FROM: 'mill.alice' })
    start('env | grep ^CROSS_AGENT_ | sort > "$HOME/env.part"; mv "$HOME/env.part" "$HOME/env"')
    await until(() => existsSync(join(home.path, 'env')), 'the program ran')
    expect(readFileSync(join(home.path, 'env'), 'utf8').trimEnd().split('\n')).toEqual([
      'CROSS_AGENT_CONVERSATION_ID=talk',
      'CROSS_AGENT_FROM=mill.alice',
      `CROSS_AGENT_MESSAGE=${path}`,
      'CROSS_AGENT_MESSAGE_TYPE=request',
      'CROSS_AGENT_PROJECT=bob',
      'CROSS_AGENT_PROTOCOL_VERSION=5',
      'CROSS_AGENT_SEQUENCE=1',
      'CROSS_AGENT_TIMESTAMP=2026-04-27T04:11:42-05:00',
      'CROSS_AGENT_TITLE=a $(b) "c"',
    ])
  })

  it('passes arguments and paths on without a shell', async () => {
    const path = arrive("20260101T000000Z-from-$(exit)-a b';*.org")
    home.stub(
      'handle',
      'for word; do printf "<%s>\\n" "$word"; done > "$HOME/part"; mv "$HOME/part" "$HOME/handled"',
    )
    const child = home.start('watch', ['--exec', 'handle', '--once', '$(x)', ''])
    runners.push({ child, ended: outcomeOf(child) })
    await until(() => handled().length > 0, 'the program ran')
    expect(handled()).toEqual(['<--once>', '<$(x)>', '<>', `<${path}>`])
  })

  it('runs one at a time', async () => {
    for (let day = 1; day <= 5; day++) arrive(name(day))
    // A second one at the same time would find the folder taken.
    start(`mkdir "$HOME/running" || touch "$HOME/overlap"; ${RECORD}; rmdir "$HOME/running"`)
    await until(() => handled().length === 5, 'five are handled')
    expect(existsSync(join(home.path, 'overlap'))).toBe(false)
  })

  it('logs what fails, says so, and goes on with the next', async () => {
    const [bad, good] = [arrive(name(1)), arrive(name(2))]
    const { child, ended } = start(`${RECORD}; [ "$1" = ${bad} ] && exit 7; exit 0`)
    await until(() => log().includes('(handled)'), 'the second is handled')
    child.kill('SIGTERM')
    expect((await ended).stderr).toBe(`cross-agent-watch: handle failed for ${bad}: exit 7\n`)
    expect(handled()).toEqual([bad, good])
    expect(log()).toMatch(
      /^[-0-9T:]+Z\tbob\t20260101\S+\t\(failed: exit 7\)\n[-0-9T:]+Z\tbob\t20260102\S+\t\(handled\)\n$/,
    )
  })

  it('says once for each message that the program cannot be found', async () => {
    arrive(name(1))
    const child = home.start('watch', ['--exec', 'no-such-program'])
    const ended = outcomeOf(child)
    runners.push({ child, ended })
    await until(() => log().includes('failed'), 'it is logged')
    child.kill('SIGTERM')
    expect((await ended).stderr).toMatch(
      /^cross-agent-watch: no-such-program failed for \S+: not-found ENOENT\n$/,
    )
  })

  it('leaves out what was done meanwhile', async () => {
    const [first, second, third] = [arrive(name(1)), arrive(name(2)), arrive(name(3))]
    start(`${RECORD}; rm -f ${second}`)
    await until(() => handled().length === 2, 'two are handled')
    expect(handled()).toEqual([first, third])
  })

  it('--new leaves out what waited at the start', async () => {
    arrive(name(1))
    const { child } = start(RECORD, '--new')
    await untilWatching(child)
    const path = arrive(name(2))
    await until(() => handled().length > 0, 'one is handled')
    expect(handled()).toEqual([path])
  })

  it('B52 runs for each message that gets the name of one that was done', async () => {
    const path = arrive(name(1), { TITLE: 'first' })
    start('printf "%s\\n" "$CROSS_AGENT_TITLE" >> "$HOME/handled"; rm "$1"')
    for (const title of ['second', 'third', 'first']) {
      await until(() => !existsSync(path), 'the one before it is done')
      arrive(name(1), { TITLE: title })
    }
    arrive(name(2), { TITLE: 'other' })
    await until(() => handled().includes('other'), 'what comes last is handled')
    // The same bytes under the same name are the same message.
    expect(handled()).toEqual(['first', 'second', 'third', 'other'])
  })

  it('B52 runs once for one, though its sender and the program itself touch its file', async () => {
    const path = arrive(name(1))
    linkSync(path, `${path}.asc`)
    start(`${RECORD}; rm -f "$1.asc"; echo "* handled" >> "$1"`)
    await until(() => handled().length === 1, 'it is handled')
    utimesSync(path, 1, 1)
    const other = arrive(name(2))
    await until(() => handled().includes(other), 'the next is handled')
    expect(handled()).toEqual([path, other])
  })

  it('B37 starts nothing under HALT and goes on when it is gone', async () => {
    const halt = home.write('.config/cross-agent-comms/HALT', 'stop')
    const path = arrive(name(1))
    const { child, ended } = start(RECORD)
    let said = ''
    child.stderr?.on('data', (text: string) => {
      said += text
    })
    await until(() => said.includes('nothing is run until resume'), 'HALT is told of')
    expect(handled()).toEqual([])
    rmSync(halt)
    await until(() => log().includes('(handled)'), 'one is handled')
    expect(handled()).toEqual([path])
    child.kill('SIGTERM')
    expect((await ended).stderr).toBe('halt active: stop; nothing is run until resume\n')
  })

  it('B37 HALT ends the program that runs', async () => {
    arrive(name(1))
    const { child, ended } = start('touch "$HOME/begun"; exec sleep 600')
    await until(() => existsSync(join(home.path, 'begun')), 'the program runs')
    home.write('.config/cross-agent-comms/HALT', '')
    await until(() => log().includes('halted'), 'it is ended')
    child.kill('SIGTERM')
    expect((await ended).stderr).toContain(': halted')
  })

  it.each(
    sample(
      [
        ['does not catch the signal', 'exec sleep 600'],
        ['says that it ended well', "trap 'exit 0' TERM; while :; do sleep 0.1; done"],
        [
          'meets HALT by itself',
          'until [ -e "$HOME/.config/cross-agent-comms/HALT" ]; do sleep 0.05; done; exit 5',
        ],
      ],
      1,
    ),
  )('B73 what HALT ended is handled again after resume: a program that %s', async (_, script) => {
    const path = arrive(name(1))
    start(`if [ -e "$HOME/begun" ]; then ${RECORD}; exit; fi; touch "$HOME/begun"; ${script}`)
    await until(() => existsSync(join(home.path, 'begun')), 'the program runs')
    const halt = home.write('.config/cross-agent-comms/HALT', '')
    await until(() => log() !== '', 'it has ended')
    rmSync(halt)
    await until(() => handled().length > 0, 'it is handled')
    const other = arrive(name(2))
    await until(() => handled().includes(other), 'the next is handled')
    expect(handled()).toEqual([path, other])
  })

  it.each(sample(['SIGTERM', 'SIGINT'] as const, 1))(
    '%s ends the program, and then the watcher',
    async (signal) => {
      arrive(name(1))
      const { child, ended } = start(
        'trap \'touch "$HOME/ended"; exit 0\' TERM INT; touch "$HOME/begun"; while :; do sleep 0.1; done',
      )
      await until(() => existsSync(join(home.path, 'begun')), 'the program runs')
      child.kill(signal)
      expect((await ended).signal).toBe(signal)
      expect(existsSync(join(home.path, 'ended'))).toBe(true)
    },
  )

  it('a signal ends it while it waits', async () => {
    const { child, ended } = start(RECORD)
    await untilWatching(child)
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ signal: 'SIGTERM', stdout: '', stderr: '' })
  })

  it('does not run for a name that no argument can hold', async () => {
    writeFileSync(
      Buffer.from(`${home.inbox('bob')}/20260101T000000Z-from-\xff-talk.org`, 'latin1'),
      messageText(),
    )
    const path = arrive(name(2))
    const { child, ended } = start(RECORD)
    await until(() => handled().length > 0 && log().includes('(handled)'), 'the other is handled')
    expect(handled()).toEqual([path])
    child.kill('SIGTERM')
    expect((await ended).stderr).toContain('the name is not UTF-8')
  })
})
