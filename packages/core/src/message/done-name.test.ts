import { describe, expect, it } from 'vitest'
import { canonicalNameBefore, keepsName, mayBelongTo, nameBeforeDone, nameInDone } from './done-name'
import { canonicalName, fitsFileSystem, isStamped } from './message-name'

const STAMP = '20260101T000000Z-from-'
const CONVERSATIONS = ['talk', 'a-talk', 'x.2', 'done', '2', 'talk.org', 'ü', '.']
const NAMES = [
  `${STAMP}mill-talk.org`,
  `${STAMP}mill-a-talk.org`,
  `${STAMP}mill-x.2.org`,
  `${STAMP}mill-2.org`,
  `${STAMP}mill-talk.2.org`,
  `${STAMP}mill-ü.org`,
  `${STAMP}.org`,
  'm.org',
  'm.2.org',
  '.org',
  'done-m.org',
  `done-${STAMP}mill-talk.org`,
  'done-done-m.org',
]
const PAIRS = NAMES.flatMap((name) => CONVERSATIONS.map((conversation) => [name, conversation] as const))

describe('C14 the name of a message in done/', () => {
  it.each(PAIRS)(
    '%s of %s is found by its conversation, and its first name is known',
    (name, conversation) => {
      const isKept = keepsName(name, conversation)
      for (const number of [1, 2, 10]) {
        const inDone = nameInDone(name, isKept, number)
        expect(mayBelongTo(inDone, conversation)).toBe(true)
        const numberStays = number > 1 && !(isStamped(name) && isKept)
        if (!numberStays) expect(nameBeforeDone(inDone, conversation)).toBe(name)
        // One that was changed never passes for a canonical one, and no other one passes for changed.
        expect(isStamped(inDone)).toBe(isStamped(name) && name.endsWith(`-${conversation}.org`))
        expect(inDone.startsWith('done-')).toBe(!isKept)
      }
    },
  )
  it('is another for each number, of each name', () => {
    const all = NAMES.flatMap((name) =>
      [1, 2, 3].map((number) => nameInDone(name, keepsName(name, 'talk'), number)),
    )
    const clashes = all.filter((name, at) => all.indexOf(name) !== at)
    // Only a name that ends with a number itself may be that of a second one.
    expect(clashes.every((name) => /\.\d+\.org$/.test(name))).toBe(true)
  })
  it('fits the file system, whatever the length', () => {
    for (const character of ['x', 'ü', '😀', '\udcff'])
      for (let length = 40; length < 251; length++) {
        const name = `${character.repeat(length / Buffer.byteLength(character))}.org`
        for (const isKept of [true, false])
          for (const number of [1, 10]) expect(fitsFileSystem(nameInDone(name, isKept, number))).toBe(true)
      }
  })
})

describe('C10 what an answer calls the message that it answers', () => {
  const name = canonicalName(0, 'mill', 'sacks')

  it.each([
    [name, name],
    [`done-${name}`, name],
    [name.replace(/org$/, '2.org'), name],
    [`done-${name.replace(/org$/, '13.org')}`, name],
    ['done-by-hand.org', 'done-by-hand.org'],
    ['by-hand.2.org', 'by-hand.2.org'],
    [name.replace('sacks', 'bread.2'), name.replace('sacks', 'bread.2')],
  ])('C11 C14 the name that %s came with', (fileName, expected) => {
    expect(canonicalNameBefore(fileName, 'sacks')).toBe(expected)
  })

  it('C11 a number that belongs to the conversation stays', () => {
    const fileName = canonicalName(0, 'mill', 'v1.2')
    expect(canonicalNameBefore(fileName, 'v1.2')).toBe(fileName)
  })
})
