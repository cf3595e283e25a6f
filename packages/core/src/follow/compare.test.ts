import { describe, expect, it } from 'vitest'
import type { Take } from '../mailbox/takes'
import { happened, stateOf } from './compare'
import type { Happening } from './happening'
import { type InboxReading, type LyingMessage, NOTHING, type Reading, type SeenMessage } from './reading'

const A = '20260101T000000Z-from-mill-talk.org'
const B = '20260101T000001Z-from-mill-talk.org'
const FOLDER = '/home/x/projects/bob/inbox/from-agents'

const seen = (name: string, file = name, size = 100): SeenMessage => ({ name, file, size })
const lying = (name: string, more: Partial<LyingMessage> = {}): LyingMessage => ({
  ...seen(name),
  modified: 0,
  isRelease: false,
  isReleased: false,
  take: undefined,
  ...more,
})
const take = (by: string, since = 1): Take => ({
  inbox: FOLDER,
  name: A,
  conversation: 'talk',
  by,
  since,
  until: since + 1000,
  process: undefined,
})

interface Content {
  readonly lying?: readonly LyingMessage[]
  readonly aside?: readonly SeenMessage[]
  readonly done?: readonly (SeenMessage | string)[]
  readonly identity?: string
}
const inbox = (content: Content = {}): InboxReading => ({
  folder: FOLDER,
  project: 'bob',
  identity: content.identity ?? 'first',
  lying: new Map(content.lying?.map((message) => [message.name, message])),
  aside: new Map(content.aside?.map((message) => [message.name, message])),
  done: new Map(
    content.done?.map((found) => (typeof found === 'string' ? [found, undefined] : [found.name, found])),
  ),
})
const reading = (content?: Content): Reading => ({
  ...NOTHING,
  inboxes: content === undefined ? new Map() : new Map([[FOLDER, inbox(content)]]),
})
/** As words: the event, the path within the inbox, and who has taken it. */
const told = (happenings: readonly Happening[]) =>
  happenings.map((found) =>
    'path' in found
      ? [found.event, found.path.slice(FOLDER.length + 1), found.take?.by].filter(Boolean).join(' ')
      : found.event,
  )
const between = (before: Content | undefined, after: Content | undefined) =>
  told(happened(reading(before), reading(after)))

describe('C31 what happened to a message', () => {
  it.each<[string, Content | undefined, Content | undefined, string[]]>([
    ['nothing', { lying: [lying(A)] }, { lying: [lying(A)] }, []],
    ['it arrived', {}, { lying: [lying(A)] }, [`arrived ${A}`]],
    ['it arrived with its inbox', undefined, { lying: [lying(A)] }, [`arrived ${A}`]],
    [
      'another came under its name',
      { lying: [lying(A)] },
      { lying: [lying(A, { file: 'other', size: 7 })] },
      [`gone ${A}`, `arrived ${A}`],
    ],
    ['it was taken', { lying: [lying(A)] }, { lying: [lying(A, { take: take('s1') })] }, [`taken ${A} s1`]],
    [
      'its take was renewed',
      { lying: [lying(A, { take: take('s1') })] },
      { lying: [lying(A, { take: { ...take('s1'), until: 9000 } })] },
      [],
    ],
    [
      'another session took it',
      { lying: [lying(A, { take: take('s1') })] },
      { lying: [lying(A, { take: take('s2', 2) })] },
      [`taken ${A} s2`],
    ],
    [
      'it arrived and was taken',
      {},
      { lying: [lying(A, { take: take('s1') })] },
      [`arrived ${A}`, `taken ${A} s1`],
    ],
    [
      'its take ended',
      { lying: [lying(A, { take: take('s1') })] },
      { lying: [lying(A)] },
      [`put back ${A} s1`],
    ],
    ['it was finished', { lying: [lying(A)] }, { done: [seen(A)] }, [`done done/${A}`]],
    [
      'it is being finished',
      { lying: [lying(A)] },
      { lying: [lying(A)], done: [seen(A)] },
      [`done done/${A}`],
    ],
    ['it has been finished', { lying: [lying(A)], done: [seen(A)] }, { done: [seen(A)] }, []],
    ['it was being finished at the start', { lying: [lying(A)], done: [A] }, { done: [A] }, []],
    [
      'it was finished under another name',
      { lying: [lying('x.org')] },
      { done: [seen('done-x.org', 'x.org')] },
      ['done done/done-x.org'],
    ],
    [
      'it was finished where there are no hard links',
      { lying: [lying(A)] },
      { done: [seen(A, 'copy')] },
      [`done done/${A}`],
    ],
    [
      'it came and was finished between two looks',
      {},
      { done: [seen(A)] },
      [`arrived done/${A}`, `done done/${A}`],
    ],
    ['a finished one was thrown away', { done: [seen(A)] }, {}, []],
    ['it was put aside', { lying: [lying(A)] }, { aside: [seen(A)] }, [`aside aside/${A}`]],
    ['it was put back', { aside: [seen(A)] }, { lying: [lying(A)] }, [`put back ${A}`]],
    [
      'it is being put back',
      { aside: [seen(A)] },
      { lying: [lying(A)], aside: [seen(A)] },
      [`put back ${A}`],
    ],
    ['it was finished from aside/', { aside: [seen(A)] }, { done: [seen(A)] }, [`done done/${A}`]],
    [
      'it was released',
      { lying: [lying(A)] },
      { lying: [lying(A, { isReleased: true })] },
      [`released ${A}`],
    ],
    [
      'a taken one was released',
      { lying: [lying(A, { take: take('s1') })] },
      { lying: [lying(A, { isReleased: true })] },
      [`released ${A}`],
    ],
    [
      'its release is gone',
      { lying: [lying(A, { isReleased: true })] },
      { lying: [lying(A)] },
      [`put back ${A}`],
    ],
    ['a release came', {}, { lying: [lying(A, { isRelease: true })] }, [`arrived ${A}`]],
    ['it was removed', { lying: [lying(A)] }, {}, [`gone ${A}`]],
    ['it was removed from aside/', { aside: [seen(A)] }, {}, [`gone aside/${A}`]],
    ['it was renamed', { lying: [lying(A)] }, { lying: [lying(B, { file: A })] }, []],
    [
      'a further link to it came',
      { lying: [lying(A)] },
      { lying: [lying(A), lying(B, { file: A })] },
      [`arrived ${B}`],
    ],
    ['the inbox went away', { lying: [lying(A)] }, undefined, []],
    [
      'another inbox took its place',
      { lying: [lying(A)] },
      { lying: [lying(B)], identity: 'second' },
      [`arrived ${B}`],
    ],
  ])('%s', (_, before, after, expected) => expect(between(before, after)).toEqual(expected))

  it('each of ten thousand that come while ten thousand go', () => {
    const names = (from: number) => Array.from({ length: 10_000 }, (_, n) => `${from + n}.org`)
    const before = { lying: names(0).map((name) => lying(name)) }
    const after = { lying: names(10_000).map((name) => lying(name, { size: 7 })) }
    const found = between(before, after)
    expect(found.filter((event) => event.startsWith('arrived'))).toHaveLength(10_000)
    expect(found.filter((event) => event.startsWith('gone'))).toHaveLength(10_000)
  })

  it('does not look into what is the same object', () => {
    const same = reading({ lying: [lying(A)] })
    const changed = { ...same, inboxes: new Map(same.inboxes) }
    expect(happened(same, changed)).toEqual([])
  })
})

const message = { path: '/outbox/1/m.org', name: 'm.org', destination: 'ridge.mill', isKept: false }
const outbox = (...found: (typeof message)[]): Reading => ({
  ...NOTHING,
  outbox: new Map(found.map((one) => [one.path, one])),
})

describe('C31 what else happened', () => {
  it.each<[string, Reading, Reading, string[]]>([
    ['a send begins', NOTHING, outbox(message), ['sending']],
    ['it is over', outbox(message), NOTHING, ['sent']],
    ['somebody removes one', outbox({ ...message, destination: '' }), NOTHING, []],
    ['it failed', outbox(message), outbox({ ...message, isKept: true }), ['kept']],
    [
      'a kept one is tried again',
      outbox({ ...message, isKept: true }),
      outbox({ ...message, isKept: true }),
      [],
    ],
    ['HALT', NOTHING, { ...NOTHING, halt: 'why' }, ['halted']],
    ['another reason', { ...NOTHING, halt: 'why' }, { ...NOTHING, halt: '' }, ['halted']],
    ['no HALT', { ...NOTHING, halt: '' }, NOTHING, ['resumed']],
    [
      'a wake',
      NOTHING,
      { ...NOTHING, wakes: new Map([['k', { project: 'bob', agent: 'claude', session: 's', at: 1 }]]) },
      ['woken'],
    ],
    [
      'a conversation that wakes nobody',
      NOTHING,
      { ...NOTHING, holds: new Map([['k', { project: 'bob', conversation: 'loop', until: 9 }]]) },
      ['quiet'],
    ],
  ])('%s', (_, before, after, expected) => expect(told(happened(before, after))).toEqual(expected))

  it('at first: HALT, what waits and who has it, what is kept, what is quiet', () => {
    const first: Reading = {
      inboxes: reading({
        lying: [
          lying(B, { take: take('s1') }),
          lying(A),
          lying('x.org', { isReleased: true }),
          lying('w.org', { isRelease: true }),
        ],
        aside: [seen('y.org')],
        done: ['z.org'],
      }).inboxes,
      outbox: outbox({ ...message, isKept: true }).outbox,
      halt: '',
      wakes: new Map([['k', { project: 'bob', agent: 'claude', session: 's', at: 1 }]]),
      holds: new Map([['k', { project: 'bob', conversation: 'loop', until: 9 }]]),
    }
    expect(told(stateOf(first))).toEqual([
      'halted',
      `waits ${A}`,
      `waits ${B} s1`,
      'sending',
      'kept',
      'quiet',
    ])
  })
})
