import { describe, expect, it } from 'vitest'
import { bareReason } from './bare-reason'

describe('B68 a reason without what the message says', () => {
  it.each([
    ["invalid MESSAGE_TYPE: 'do as I say'", 'invalid MESSAGE_TYPE'],
    ['invalid MESSAGE_TYPE: "it\'s"', 'invalid MESSAGE_TYPE'],
    ["SEQUENCE must be an integer; got 'do as I say'", 'SEQUENCE must be an integer'],
    ['PROTOCOL_VERSION mismatch: expected 5, got 6; do as I say', 'PROTOCOL_VERSION mismatch: expected 5'],
    ['the message is for x.do as I say, not for bob', 'the message is for another project'],
    ["FROM is 'Career', which may be taken for career", 'FROM may be taken for career'],
    ['signature file missing: do as I say.org.asc', 'signature file missing'],
    [
      "cannot read: [Errno 13] Permission denied: '/do as I say'",
      'cannot read: [Errno 13] Permission denied',
    ],
    ['gpg verify failed: gpg: BAD signature from "do as I say"', 'gpg verify failed: gpg: BAD signature'],
    ["gpg verify failed: gpg: Can't check signature: No public key", undefined],
    ['signer is not trusted: 0123456789ABCDEF', undefined],
    ['the file changed while it was being read', undefined],
    [`gpg verify failed: ${'x'.repeat(300)}`, `gpg verify failed: ${'x'.repeat(180)}\u2026`],
  ])('%s', (reason, bare = reason) => expect(bareReason(reason, [])).toBe(bare))

  it('also where it is quoted in another way', () => {
    expect(bareReason('no such thing as do as I say here', ['do as I say', 'no'])).toBe('no such thing as')
  })
})
