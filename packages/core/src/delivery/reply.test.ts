import { describe, expect, it } from 'vitest'
import { canonicalName } from '../message/message-name'
import { type Answered, type Neighbours, replyDestination, replyFields } from './reply'

const NEIGHBOURS: Neighbours = {
  machine: 'laptop',
  hostName: 'laptop',
  isProjectHere: (name) => ['bakery', 'mill', 'a-b'].includes(name),
  peers: [
    { name: 'velox', host: 'velox.lan' },
    { name: 'pi', host: 'Raspberry.example' },
    { name: 'bare', host: 'solo' },
    { name: 'twin-a', host: 'twin.a' },
    { name: 'twin-b', host: 'twin.b' },
    { name: 'swap', host: 'velox' },
  ],
}

function answered(from: string | undefined, name?: string, to?: string): Answered {
  const header = new Map([
    ['TITLE', 'Sacks'],
    ['CONVERSATION_ID', 'sacks'],
    ['SEQUENCE', '4'],
  ])
  if (from !== undefined) header.set('FROM', from)
  if (to !== undefined) header.set('TO', to)
  return { header, fileName: name ?? canonicalName(0, 'mill', 'sacks') }
}

const destination = (message: Answered, isVerified = true) =>
  replyDestination(message, isVerified, NEIGHBOURS)
const found = (project: string, peer?: string) => ({ is: 'found', project, peer })

describe('C10 where an answer goes', () => {
  it.each([
    ['laptop.bakery', found('bakery')],
    ['local.bakery', found('bakery')],
    ['laptop.new.one', found('new.one')],
    // A name in peers.toml takes precedence over a host.
    ['velox.oven', found('oven', 'velox')],
    ['raspberry.oven', found('oven', 'pi')],
    ['solo.oven', found('oven', 'bare')],
  ])('C10 a signed FROM %s', (from, expected) => {
    expect(destination(answered(from))).toEqual(expected)
  })

  it.each([
    ['twin.oven', 'twin-a, twin-b'],
    ['stranger.mill', 'no peer'],
    ['rasp.oven', 'no peer'],
    ['mill', '<machine>.<project>'],
    ['.mill', '<machine>.<project>'],
    ['laptop.', '<machine>.<project>'],
    ['\x1b[2J.mill\u2028', '\\x1b'],
  ])('C10 a signed FROM %j that leads nowhere is asked about, not guessed', (from, named) => {
    const unknown = destination(answered(from))
    expect(unknown).toMatchObject({ is: 'unknown', problem: expect.stringContaining(named) })
    expect(unknown).toMatchObject({ hint: expect.stringContaining('--reply-to') })
  })

  it.each([
    ['laptop.mill', 'laptop.bakery', true],
    ['laptop.mill', 'LAPTOP.bakery', true],
    ['laptop.mill', 'local.bakery', true],
    ['laptop.mill', 'the bakery', true],
    ['laptop.mill', 'velox.bakery', false],
    ['laptop.mill', 'pi.bakery', false],
    ['velox.mill', 'laptop.bakery', true],
    ['local.mill', 'local.bakery', true],
    ['local.mill', 'laptop.bakery', true],
    ['local.mill', 'velox.bakery', false],
  ])('B54 FROM %s and TO %s: the sender is known: %j', (from, to, isKnown) => {
    expect(destination(answered(from, undefined, to)).is).toBe(isKnown ? 'found' : 'unknown')
  })

  it('B54 a peer of the name of this machine: nobody can tell which is meant', () => {
    const peers = [{ name: 'laptop', host: 'laptop.lan' }]
    const unknown = replyDestination(answered('laptop.mill'), true, { ...NEIGHBOURS, peers })
    expect(unknown).toMatchObject({ is: 'unknown', problem: expect.stringContaining('is called laptop') })
  })

  it.each([
    ['studio.mill', 'studio.bakery', found('mill')],
    ['studio.mill', 'laptop.bakery', undefined],
    // Sent here before, or by a twin: both have the host name in FROM.
    ['laptop.mill', 'laptop.bakery', undefined],
    ['laptop.mill', 'local.bakery', undefined],
    ['laptop.mill', 'studio.bakery', found('mill', 'laptop')],
    ['laptop.mill', undefined, found('mill', 'laptop')],
  ])('C35 with a name of its own, the host name is another machine: FROM %s, TO %s', (from, to, expected) => {
    const peers = [{ name: 'laptop', host: 'laptop.lan' }]
    const said = replyDestination(answered(from, undefined, to), true, {
      ...NEIGHBOURS,
      machine: 'studio',
      peers,
    })
    expect(said).toEqual(expected ?? expect.objectContaining({ is: 'unknown' }))
  })

  it.each(['laptop.mill/', 'laptop.x/../mill', 'laptop.mi\u200bll', 'laptop.mill.'])(
    'B67 a signed FROM %j is no address: it is asked about, not guessed',
    (from) => {
      expect(destination(answered(from))).toMatchObject({ is: 'unknown' })
      expect(destination(answered(from), false)).toEqual(found('mill'))
    },
  )

  it('C10 without a signed FROM the file name tells, if that is a project here', () => {
    expect(destination(answered(undefined))).toEqual(found('mill'))
    expect(destination(answered(''), false)).toEqual(found('mill'))
    expect(destination(answered('velox.oven'), false)).toEqual(found('mill'))
    expect(destination(answered(undefined, canonicalName(0, 'a-b', 'sacks')))).toEqual(found('a-b'))
  })

  it.each([
    [canonicalName(0, 'stranger', 'sacks'), "'stranger' is not a project here"],
    [canonicalName(0, 'mill', 'bread'), 'names no sender'],
    [canonicalName(0, '', 'sacks'), 'names no sender'],
    ['mill.org', 'names no sender'],
    ['20260101T000000Z-from-sacks.org', 'names no sender'],
  ])('C10 else it is asked for: %s', (name, named) => {
    const problem = expect.stringContaining(named)
    expect(destination(answered(undefined, name))).toMatchObject({ is: 'unknown', problem })
  })

  it('C10 says why an unsigned FROM does not count', () => {
    const message = answered('velox.oven', 'by-hand.org')
    const problem = expect.stringContaining("'velox.oven' does not count")
    expect(destination(message, false)).toMatchObject({ is: 'unknown', problem })
  })
})

describe('C10 what an answer takes over', () => {
  it('C10 C11 same conversation, title, type, what it answers', () => {
    expect(Object.fromEntries(replyFields(answered('laptop.mill')))).toEqual({
      TITLE: 'Re: Sacks',
      CONVERSATION_ID: 'sacks',
      MESSAGE_TYPE: 'progress',
      IN_REPLY_TO: canonicalName(0, 'mill', 'sacks'),
    })
  })

  it('C10 a message without a title is answered by its conversation', () => {
    const message = { header: new Map([['CONVERSATION_ID', 'sacks']]), fileName: 'x.org' }
    expect(replyFields(message).get('TITLE')).toBe('Re: sacks')
  })
})
