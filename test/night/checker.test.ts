import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { check } from './checker/check'
import { explain } from './checker/explain'
import { type Letter, NightBuilder } from './checker/night-builder'
import { shownBy } from './checker/outward'
import { WAKES_PER_CONVERSATION, WAKES_PER_PROJECT } from './checker/parameters'
import { randomNight } from './checker/random-night'
import type { Fault } from './history'

const MINUTE = 60_000
const WOKEN = { exit: 2, stderr: '1 message waits for bakery\n' }

/** Two projects on two machines, two sessions in the one that gets mail. */
function town(...scripts: string[]): NightBuilder {
  const night = new NightBuilder(...scripts)
  night.note({ what: 'phase', phase: 'night' })
  night.session('sender', 'a.mill')
  night.session('reader', 'b.bakery')
  night.session('other', 'b.bakery')
  return night
}

/** Which promises were broken. */
function broken(night: NightBuilder): number[] {
  return check(night.build()).map(({ promise }) => promise)
}

function fault(night: NightBuilder, kind: Fault['fault'], machine: string, at: number, ended: number): void {
  const project = kind === 'folder away' ? { project: 'bakery' } : {}
  night.note({ what: 'fault', fault: kind, machine, detail: '3600', ...project }, at, ended)
}

function plant(
  night: NightBuilder,
  kind: 'forged' | 'swapped' | 'again' | 'elsewhere',
  letter: Letter,
): void {
  const { token, to, name } = letter
  const path = `projects/${to.project}/inbox/from-agents/${name}`
  night.note({ what: 'planted', ...to, path, kind, token })
  night.lay(letter)
}

/** A copy of a message, under a name of the enemy's. */
function copyOf(letter: Letter, name: string): Letter {
  return { ...letter, name: `${name}-from-night-enemy-1.org` }
}

describe('1 nothing is lost and nothing handled twice', () => {
  it('is content with messages that are handled, wait, lie aside or are kept', () => {
    const night = town()
    night.work('reader', night.send('sender', 'M1', 'b.bakery'))
    night.send('sender', 'M2', 'b.bakery')
    const odd = night.send('sender', 'M3', 'b.bakery', { conversation: 'odd' })
    night.take('reader', odd)
    night.move('reader', 'aside', odd)
    const kept = {
      exit: 3,
      stdout: '',
      stderr: 'message kept: /a/outbox/x/20260101T000000Z-from-mill-talk.org\n',
    }
    night.lift(night.send('sender', 'M4', 'b.bakery', kept))
    night.file('a', '.local/state/cross-agent-comms/outbox/x/20260101T000000Z-from-mill-talk.org', 'M4')
    expect(check(night.build())).toEqual([])
  })

  it('finds the mutant that loses a message', () => {
    const night = town()
    night.lift(night.send('sender', 'M1', 'b.bakery'))
    expect(check(night.build())).toEqual([
      {
        promise: 1,
        token: 'M1',
        text: 'M1 must not be lost: its send said "sent:" at 0.1 s, but nobody handled it, and it lies nowhere',
      },
    ])
  })

  it.each([
    ['kept and gone', { exit: 3, stdout: '', stderr: 'message kept: /a/outbox/x/n.org\n' }, [1]],
    ['sent, says a send that was killed then', { exit: null }, [1]],
    ['sent, and no answer came', { exit: 124 }, [1]],
    ['of unknown outcome', { exit: null, stdout: '' }, []],
    ['refused', { exit: 5, stdout: '' }, []],
  ])('judges a lost message that was %s', (_what, outcome, expected) => {
    const night = town()
    night.lift(night.send('sender', 'M1', 'b.bakery', outcome))
    expect(broken(night)).toEqual(expected)
  })

  it('wants what was sent at its receiver, and what is done to be handled', () => {
    const night = town()
    night.lift(night.send('sender', 'M1', 'b.bakery'))
    night.file('a', '.local/state/cross-agent-comms/outbox/x/n.org', 'M1')
    const done = night.send('sender', 'M2', 'b.bakery')
    night.move('reader', 'done', done)
    expect(broken(night)).toEqual([1, 1])
  })

  it('does not expect of the scripts that a power cut spares what they sent', () => {
    const night = new NightBuilder('a')
    night.session('sender', 'a.mill', 'script')
    night.lift(night.send('sender', 'M1', 'b.bakery'))
    fault(night, 'power cut', 'b', night.now + 1000, night.now + 2000)
    expect(broken(night)).toEqual([])
  })

  it('finds the mutant that doubles', () => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    night.work('reader', letter)
    night.pass(1000)
    night.take('other', letter)
    night.handle('other', letter)
    expect(check(night.build())[0]?.text).toBe(
      'M1 must be handled once, but reader handled it at 0.2 s and other at 1.4 s, though it was finished at 0.3 s',
    )
  })

  it('finds a copy that is handled after the original', () => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    night.work('reader', letter)
    const copy = copyOf(letter, '20270101T000000Z')
    plant(night, 'again', copy)
    night.work('other', copy)
    expect(broken(night)).toEqual([1])
  })

  it.each<[string, (night: NightBuilder, letter: Letter) => void]>([
    ['whose session was killed', (night) => night.end('reader', 'killed')],
    ['that could not be finished', (night, letter) => night.move('reader', 'done', letter, { exit: 3 })],
    ['whose --done was killed', (night, letter) => night.move('reader', 'done', letter, { exit: null })],
    ['at a power cut', (night) => fault(night, 'power cut', 'b', night.now, night.now + 100)],
    ['whose take was over', (night) => night.pass(46_000)],
    ['when the clock was changed', (night) => fault(night, 'clock', 'b', night.now, night.now + 100)],
    [
      'of which an earlier copy came',
      (night, letter) => plant(night, 'again', copyOf(letter, '20250101T000000Z')),
    ],
  ])('allows twice what was in hand %s', (_what, happens) => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    night.take('reader', letter)
    night.handle('reader', letter)
    happens(night, letter)
    night.work('other', letter)
    expect(broken(night).filter((promise) => promise === 1)).toEqual([])
  })

  it('finds a message in two places, and allows it where a move was stopped', () => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    night.work('reader', letter)
    night.lay(letter)
    expect(broken(night)).toEqual([1])
    fault(night, 'kill', 'b', night.now, night.now)
    expect(broken(night)).toEqual([])
    night.lay(letter, '', { machine: 'b', project: 'market' })
    expect(broken(night)).toEqual([1])
  })

  it('does not count what the enemy put there', () => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    night.work('reader', letter)
    plant(night, 'again', copyOf(letter, '20270101T000000Z'))
    night.lay({ ...letter, name: 'done-20270101T000000Z-from-night-enemy-1.2.org' }, 'done/')
    expect(broken(night)).toEqual([])
  })
})

describe('2 nobody gets in', () => {
  const lie = (name: string): Letter => ({
    token: 'E1',
    conversation: 'trust-me',
    from: { machine: 'a', project: 'mill' },
    to: { machine: 'b', project: 'bakery' },
    name,
  })

  it.each(['forged', 'swapped'] as const)('finds the mutant that takes what is %s', (kind) => {
    const night = town()
    const letter = lie('20260101T000000Z-from-night-enemy-1.org')
    plant(night, kind, letter)
    night.pass(2000)
    night.work('reader', letter)
    expect(check(night.build())).toEqual([
      {
        promise: 2,
        token: 'E1',
        text: `E1 must never be handled, since an enemy planted it (${kind}), but reader handled it at 2.1 s in b.bakery`,
      },
    ])
  })

  it('is content where it is rejected and put aside', () => {
    const night = town()
    const letter = lie('20260101T000000Z-from-night-enemy-1.org')
    plant(night, 'forged', letter)
    night.take('reader', letter, {
      exit: 3,
      stdout: JSON.stringify({ decision: 'reject', path: letter.name }),
    })
    night.move('reader', 'aside', letter)
    expect(broken(night)).toEqual([])
  })

  it('finds what nobody sent, and what is for somebody else', () => {
    const night = town()
    night.handle('reader', lie('x.org'))
    const letter = night.send('sender', 'M1', 'c.forge')
    night.handle('reader', letter)
    expect(broken(night)).toEqual([2, 2])
  })

  it('finds what is signed by a key that was revoked, and forgives what began before', () => {
    const night = town()
    const first = night.send('sender', 'M1', 'b.bakery', { byDoomedKey: true })
    const second = night.send('sender', 'M2', 'b.bakery', { byDoomedKey: true, conversation: 'two' })
    night.take('reader', first)
    fault(night, 'key revoked', 'a', night.now - 50, night.now)
    night.handle('reader', first)
    night.move('reader', 'done', first)
    expect(broken(night)).toEqual([])
    night.pass(10)
    night.work('reader', second)
    expect(broken(night)).toEqual([2])
  })

  it('knows what the scripts cannot see', () => {
    const night = town('b')
    const letter = lie('20260101T000000Z-from-night-enemy-1.org')
    plant(night, 'forged', letter)
    night.handle('reader', letter)
    expect(broken(night)).toEqual([])
  })
})

describe('3 one conversation, one session, in order', () => {
  it('finds the mutant that gives one conversation to two sessions', () => {
    const night = town()
    const [first, second] = ['M1', 'M2'].map((token) => night.send('sender', token, 'b.bakery'))
    if (first === undefined || second === undefined) throw new Error('no letters')
    night.take('reader', first)
    night.take('other', second)
    expect(check(night.build())).toEqual([
      {
        promise: 3,
        token: 'M2',
        text: "b.bakery, conversation talk must be in one session's hands, but reader had it from 0.3 s to 45.2 s, and other got it at 0.4 s",
      },
    ])
  })

  it.each<[string, (night: NightBuilder, letter: Letter) => void]>([
    ['was finished', (night, letter) => night.move('reader', 'done', letter)],
    ['was put back', (night, letter) => night.move('reader', 'put-back', letter)],
    ['lay with a session that was killed', (night) => night.end('reader', 'killed')],
    ['was taken for so long', (night) => night.pass(50_000)],
    ['was there when the clock changed', (night) => fault(night, 'clock', 'b', night.now, night.now + 9)],
    ['was there when the power was cut', (night) => fault(night, 'power cut', 'b', night.now, night.now + 9)],
  ])('lets go of a conversation that %s', (_what, happens) => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    const next = night.send('sender', 'M2', 'b.bakery')
    night.take('reader', letter)
    happens(night, letter)
    night.take('other', next)
    expect(broken(night).filter((promise) => promise === 3)).toEqual([])
  })

  it('finds a conversation that is taken while its answer is awaited', () => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    night.note({
      what: 'intended',
      token: 'M2',
      session: 'reader',
      from: letter.to,
      to: letter.from,
      conversation: 'talk',
      type: 'query',
      byDoomedKey: false,
    })
    const at = night.now
    night.take('other', letter, { at: at + 1000 })
    night.run('reader', 'send', ['a.mill', '--wait', '6'], { token: 'M2', at, ended: at + 6200, exit: 124 })
    expect(broken(night)).toEqual([3])
  })

  it('finds what is handled too early', () => {
    const night = town()
    const first = night.send('sender', 'M1', 'b.bakery')
    night.pass(10_000)
    const second = night.send('sender', 'M2', 'b.bakery')
    night.pass(10_000)
    night.work('reader', second)
    night.work('reader', first)
    expect(broken(night)).toEqual([3])
  })

  it.each<[string, (night: NightBuilder, letter: Letter) => void]>([
    ['put aside', (night, letter) => night.run('reader', 'recv', ['--aside', letter.name])],
    ['in hand', (night, letter) => night.take('other', letter)],
    ['away', (night) => fault(night, 'folder away', 'b', night.now, night.now + 5)],
    [
      'sent by a clock that was wrong',
      (night, letter) => fault(night, 'clock', letter.from.machine, 0, night.now),
    ],
  ])('forgives where the earlier one was %s', (_what, happens) => {
    const night = town()
    const first = night.send('sender', 'M1', 'b.bakery')
    night.pass(10_000)
    const second = night.send('sender', 'M2', 'b.bakery')
    night.pass(10_000)
    happens(night, first)
    night.pass(50_000)
    night.work('reader', second)
    night.work('reader', first)
    expect(broken(night)).toEqual([])
  })
})

describe('4 the brake holds', () => {
  const halted = () => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    night.run('b', 'halt', ['enough'])
    return { night, letter, resume: () => night.run('b', 'resume', []) }
  }

  it('is content with refusals, and with what goes on elsewhere', () => {
    const { night, letter, resume } = halted()
    night.take('reader', letter, { exit: 5, stdout: '' })
    night.move('reader', 'done', letter, { exit: 5 })
    night.run('reader', 'send', ['mill'], { exit: 5 })
    night.run('reader', 'watch', ['--once', '--here'], { exit: 5 })
    night.hook('reader', 'Stop')
    night.hook('reader', 'PreToolUse', { exit: 2 })
    night.hook('reader', 'UserPromptSubmit', { stdout: '{"x":"Messages are halted on this machine"}' })
    night.run('b', 'status', [], { stdout: 'HALT\n' })
    night.work('sender', night.send('sender', 'M2', 'a.mill', { conversation: 'own' }))
    resume()
    night.work('reader', letter)
    expect(check(night.build())).toEqual([])
  })

  it('finds the mutant that ignores HALT', () => {
    const { night, letter, resume } = halted()
    night.work('reader', letter)
    night.send('reader', 'M2', 'a.mill')
    night.run('reader', 'watch', ['--once', '--here'], { stdout: 'x.org\n' })
    night.hook('reader', 'Stop', { waits: true, ...WOKEN })
    night.hook('reader', 'Stop', { stdout: '{"decision":"block","reason":"mail"}' })
    night.run('reader', 'recv', ['--next'], { exit: 6 })
    resume()
    expect(broken(night)).toEqual([4, 4, 4, 4, 4, 4, 4, 4])
  })

  it('lets end what ran, but not for long', () => {
    const { night, letter, resume } = halted()
    const at = night.now - 50
    night.take('reader', letter, { at, ended: at + 3000 })
    night.handle('reader', letter)
    night.hook('other', 'Stop', { waits: true, at, ended: at + 14_000, ...WOKEN })
    night.pass(60_000)
    resume()
    expect(broken(night)).toEqual([])
    night.hook('other', 'Stop', { waits: true, at, ended: at + 20_000, ...WOKEN })
    expect(broken(night)).toEqual([4])
  })

  it('counts no halt of which nobody knows whether it worked', () => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    night.run('b', 'halt', ['--tailnet'], { exit: null })
    night.work('reader', letter)
    night.run('b', 'resume', ['--tailnet'], { exit: 1 })
    night.run('b', 'halt', [])
    night.hook('reader', 'Stop', { waits: true, ...WOKEN })
    expect(broken(night)).toEqual([])
  })
})

describe('5 wakes', () => {
  /** So many wakes, one each second. */
  const wakes = (night: NightBuilder, count: number) => {
    for (let number = 0; number < count; number++) {
      night.hook(
        'reader',
        'Stop',
        number % 2 === 0 ? { waits: true, ...WOKEN } : { stdout: '{"decision":"block"}' },
      )
      night.pass(1000)
    }
  }

  it('finds the mutant that wakes for ever', () => {
    const night = town()
    night.work('reader', night.send('sender', 'M1', 'b.bakery'))
    wakes(night, WAKES_PER_CONVERSATION)
    expect(broken(night)).toEqual([])
    wakes(night, 1)
    expect(check(night.build())).toEqual([
      {
        promise: 5,
        text: expect.stringMatching(
          `^b.bakery must be woken at most ${WAKES_PER_CONVERSATION} times in an hour, but it was woken ${WAKES_PER_CONVERSATION + 1} times from `,
        ),
      },
    ])
  })

  it('allows some for each conversation, but not more than for a project, in any hour', () => {
    const night = town()
    for (let number = 0; number < WAKES_PER_PROJECT; number++)
      night.work('reader', night.send('sender', `M${number}`, 'b.bakery', { conversation: `talk-${number}` }))
    wakes(night, WAKES_PER_PROJECT)
    night.pass(61 * MINUTE)
    wakes(night, WAKES_PER_PROJECT)
    expect(broken(night)).toEqual([])
    wakes(night, 1)
    expect(broken(night)).toEqual([5])
  })

  it('allows as many again after a clock or a power cut made them forgotten', () => {
    const night = town()
    night.work('reader', night.send('sender', 'M1', 'b.bakery'))
    wakes(night, WAKES_PER_CONVERSATION)
    fault(night, 'clock', 'b', night.now, night.now + 100)
    wakes(night, WAKES_PER_CONVERSATION)
    fault(night, 'power cut', 'b', night.now, night.now + 100)
    wakes(night, WAKES_PER_CONVERSATION)
    expect(broken(night)).toEqual([])
    wakes(night, 1)
    expect(broken(night)).toEqual([5])
  })

  it('does not take for a wake that a hook could not start', () => {
    const night = town()
    for (let number = 0; number < 9; number++)
      night.hook('reader', 'Stop', { waits: true, exit: 2, stderr: "sh: 1: cd: can't cd to /b\n" })
    expect(broken(night)).toEqual([])
  })

  /** A message waits through the quiet time, and a session could be told. */
  const quiet = (happens: (night: NightBuilder, letter: Letter) => void = () => {}, type = 'request') => {
    const night = town()
    night.session('idle', 'b.bakery', 'hook')
    const letter = night.send('sender', 'M1', 'b.bakery', { type })
    const at = night.now
    night.pass(1000)
    happens(night, letter)
    night.pass(1000)
    night.note({ what: 'phase', phase: 'quiet' })
    const path = `projects/bakery/inbox/from-agents/${letter.name}`
    night.waiting.push({ machine: 'b', project: 'bakery', token: 'M1', path })
    night.pass(80_000).note({ what: 'phase', phase: 'drain' })
    night.hook('idle', 'Stop', { waits: true, at, ended: night.now + 1000, exit: null })
    return night
  }

  it('finds what nobody was told of', () => {
    expect(check(quiet().build())).toEqual([
      {
        promise: 5,
        token: 'M1',
        text: 'M1 waited in b.bakery since 0.1 s and a session must be told of it, but idle waited for mail until 82.1 s and nobody was told',
      },
    ])
  })

  it.each<[string, (night: NightBuilder, letter: Letter) => void]>([
    ['a session was told', (night) => night.hook('reader', 'Stop', { waits: true, ...WOKEN })],
    ['another one holds it', (night, letter) => night.take('other', letter, { seconds: 3600 })],
    ['wakes are held back', (night) => night.status.set('b', 'wakes held back in bakery: talk\n')],
    ['the machine is halted', (night) => night.run('b', 'halt', [])],
    ['it was rejected', (night, letter) => night.take('other', letter, { exit: 3 })],
  ])('is content where %s', (_what, happens) => {
    expect(broken(quiet(happens))).toEqual([])
  })

  it('expects no word of what wakes nobody', () => {
    expect(broken(quiet(undefined, 'progress'))).toEqual([])
  })
})

describe('6 nothing is left', () => {
  const claim = (conversation: string) => {
    const hash = createHash('sha256').update(conversation).digest('hex').slice(0, 24)
    return `projects/bakery/inbox/from-agents/.tmp.taken-c${hash}-1`
  }

  it('finds the mutant that keeps a claim, and forgives a session that was killed', () => {
    const night = town()
    night.work('reader', night.send('sender', 'M1', 'b.bakery'))
    night.file('b', claim('talk'))
    expect(check(night.build())[0]?.text).toMatch(
      /^no take may be left by a session that is over, but reader, which ended as it should, left b:/,
    )
    night.end('reader', 'killed')
    expect(broken(night)).toEqual([])
    night.file('b', claim('something else'))
    expect(broken(night)).toEqual([6])
  })

  it('finds files that nobody knows', () => {
    const night = town()
    night.file('a', 'tmp/secret')
    night.file('a', '.local/state/cross-agent-comms/sessions/project-0/x')
    night.file('a', 'projects/mill/inbox/from-agents/notes.txt')
    night.file('a', '.gnupg/pubring.kbx')
    night.file('a', '.local/state/cross-agent-comms/failed-sends/x.json')
    expect(broken(night)).toEqual([6, 6, 6])
  })

  it('allows after a kill what SECURITY.md names', () => {
    const night = town()
    night.file('a', 'projects/mill/inbox/from-agents/.tmp.1x-2y-0')
    night.file('a', 'tmp/cross-agent-send-AbCdEf/x.org.asc')
    night.file('a', 'projects/mill/inbox/from-agents/20260101T000000Z-from-bakery-x.org.asc')
    expect(broken(night)).toEqual([6, 6, 6])
    fault(night, 'kill', 'a', night.now, night.now)
    expect(broken(night)).toEqual([])
    night.file('a', 'projects/mill/inbox/from-agents/done/.tmp.1x-2y-0')
    expect(broken(night)).toEqual([6])
  })

  it('finds a message without its signature, a HALT after the resume, and a process', () => {
    const night = town()
    night.file('b', 'projects/bakery/inbox/from-agents/20260101T000000Z-from-mill-x.org', 'M9')
    night.run('b', 'halt', [])
    night.file('b', '.config/cross-agent-comms/HALT')
    expect(broken(night)).toEqual([6])
    night.run('b', 'resume', [])
    night.processes.push('cross-agent-watch --hook claude --once')
    expect(broken(night)).toEqual([6, 6, 6])
  })
})

describe('explain', () => {
  it('tells what happened to the message, in order', () => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    night.work('reader', letter)
    night.work('other', letter)
    const told = night.build()
    const [breach] = check(told)
    if (breach === undefined) throw new Error('no breach')
    expect(explain(breach, told).split('\n')).toEqual([
      expect.stringMatching(/^promise 1: M1 must be handled once/),
      expect.stringMatching(/0\.0 s sender wants to send it to b\.bakery, request in talk$/),
      expect.stringMatching(/0\.0 s sender: send .* → 0 at 0\.1 s sent: /),
      expect.stringMatching(/0\.1 s reader: recv --next --take .* → 0 at 0\.2 s shows 2026/),
      expect.stringMatching(/0\.2 s reader HANDLED it/),
      expect.stringMatching(/reader: recv --done 2026.* → 0/),
      expect.stringMatching(/other: recv --next/),
      expect.stringMatching(/other HANDLED it/),
      expect.stringMatching(/other: recv --done/),
      expect.stringMatching(/^ {2}at the end it lies in b:projects\/bakery\/inbox\/from-agents\/done\/2026/),
    ])
  })

  it('is short, however long the story', () => {
    const night = town()
    const letter = night.send('sender', 'M1', 'b.bakery')
    for (let number = 0; number < 100; number++) night.work('reader', letter)
    const told = night.build()
    const [breach] = check(told)
    expect(breach && explain(breach, told).split('\n').length).toBe(60)
    expect(explain({ promise: 5, text: 'too many' }, told)).toBe('promise 5: too many')
  })
})

describe('what the commands say', () => {
  const said = { what: 'command', machine: 'b', kind: 'ours', exit: 0, stderr: '', at: 0, ended: 1 } as const
  const fields = 'decision: process\nconversation_id: talk\nfile: /b/20260101T000000Z-from-mill-talk.org\n'
  const answer = `${fields}title: Re: token=M1;\n\ntoken=M2;\n`
  const expected = { token: 'M2', conversation: 'talk', file: '20260101T000000Z-from-mill-talk.org' }

  it('names the message that is shown, not the one that it answers', () => {
    expect(shownBy({ ...said, command: 'recv', args: ['--next'], stdout: answer })).toEqual(expected)
    const waited = `sent: /a/x.org\n${answer}`
    expect(shownBy({ ...said, command: 'send', args: ['--wait'], stdout: waited })).toEqual(expected)
    const json = JSON.stringify({
      conversation_id: 'talk',
      path: `/b/${expected.file}`,
      title: 'Re: token=M1;',
      body: 'token=M2;\n',
    })
    expect(shownBy({ ...said, command: 'recv', args: [], stdout: json })).toEqual(expected)
  })

  it('shows nothing where it only says that it sent', () => {
    expect(shownBy({ ...said, command: 'send', args: [], stdout: 'sent: /a/x.org\n' })).toBeUndefined()
  })
})

describe('any clean night', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))('has no breach, seed %i', (seed) => {
    expect(check(randomNight(seed, 1500))).toEqual([])
  })

  it('is checked in little time, however long it is', () => {
    const night = randomNight(1, 50_000)
    expect(night.events.length).toBeGreaterThan(40_000)
    expect(check(night)).toEqual([])
  })
})
