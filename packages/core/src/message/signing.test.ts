import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { signFile } from '../delivery/sign-message'
import { judge, verifyBytes } from './signing'

const VALID = '[GNUPG:] VALIDSIG FPR 2026-01-01 1767225600 0 4 0 22 8 00 PRIMARY'
const GOOD = '[GNUPG:] GOODSIG KEYID name'
const judged = (...lines: string[]) => judge({ exitCode: 0, stdout: `${lines.join('\n')}\n`, stderr: '' })

it('B3 takes what gpg calls good and valid over exact bytes, with the primary key', () => {
  expect(judged('[GNUPG:] NEWSIG', GOOD, VALID)).toEqual({
    good: true,
    signers: [{ key: 'FPR', primary: 'PRIMARY', userId: 'name' }],
  })
})

it.each([
  ['Ada <ada@mill.example>', 'Ada <ada@mill.example>'],
  ['', ''],
  ['100%25 %0A%0Ax', '100% \n\nx'],
  ['%C3%9C %c3%bc Ü %', 'Ü ü Ü %'],
])('C12 reads the name on a key as gpg escapes it: %s', (escaped, userId) => {
  const lines = [GOOD, VALID, `[GNUPG:] GOODSIG KEYID ${escaped}`, VALID.replace('FPR', 'OTHER')]
  expect(judged(...lines)).toMatchObject({
    signers: [
      { key: 'FPR', userId: 'name' },
      { key: 'OTHER', userId },
    ],
  })
})

it.each(['REVKEYSIG', 'EXPKEYSIG', 'EXPSIG', 'BADSIG', 'ERRSIG'])(
  'B3 rejects %s beside a good signature',
  (keyword) => {
    const verdict = judged(GOOD, VALID, `[GNUPG:] ${keyword} KEYID name`)
    expect(verdict).toMatchObject({ good: false, reason: expect.stringContaining(keyword) })
  },
)

it.each([
  ['nothing', []],
  ['GOODSIG alone', [GOOD]],
  ['VALIDSIG alone', [VALID]],
  ['class 01', [GOOD, VALID.replace(' 00 ', ' 01 ')]],
  ['a class that is missing', [GOOD, '[GNUPG:] VALIDSIG FPR']],
  ['one of two not good', [GOOD, VALID, VALID]],
  ['lines that only look like status', [`x${GOOD}`, ` ${VALID}`]],
])('B3 rejects %s', (_, lines) => {
  expect(judged(...lines)).toMatchObject({ good: false })
})

it('B3 rejects whatever ends with another code, in the words of gpg', () => {
  const failed = judge({ exitCode: 1, stdout: `${GOOD}\n${VALID}\n`, stderr: 'gpg: first\ngpg: last\n' })
  expect(failed).toEqual({ good: false, reason: 'gpg: last' })
})

describe('B56 what keeps gpg from judging is told from what it finds', () => {
  const SIG_ID = '[GNUPG:] NEWSIG\n[GNUPG:] SIG_ID x 2026-01-01 1\n'
  const UNKNOWN = '[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG X 22 8 00 1 9 F\n[GNUPG:] NO_PUBKEY X\n'
  const NO_KEYRING = `[GNUPG:] ERROR add_keyblock_resource 33587201\n${UNKNOWN}`
  const said = (exitCode: number, stdout: string, stderr = 'gpg: first\ngpg: last\n') =>
    judge({ exitCode, stdout, stderr })
  it.each([
    ['Fatal: at the trustdb', said(2, SIG_ID), 'gpg cannot judge: gpg: last'],
    [
      'no keyring',
      said(2, NO_KEYRING, "gpg: keyblock resource '/x/pubring.kbx': Permission denied\ngpg: last\n"),
      "gpg cannot judge: it cannot open its keyring (gpg: keyblock resource '/x/pubring.kbx': Permission denied)",
    ],
    ['an option', said(2, '[GNUPG:] FAILURE option-parser 1\n'), 'gpg cannot judge: gpg: last'],
    ['no library', said(127, ''), 'gpg: last'],
    [
      'killed',
      judge({ exitCode: undefined, stdout: '', stderr: '', failure: 'killed', detail: 'SIGKILL' }),
      'exit -9',
    ],
    [
      'timed out',
      judge({ exitCode: undefined, stdout: '', stderr: '', failure: 'timed-out' }),
      'gpg did not end in time',
    ],
    [
      'not there',
      judge({ exitCode: undefined, stdout: '', stderr: '', failure: 'not-found' }),
      'gpg not installed',
    ],
  ])('%s', (_, verdict, reason) => {
    expect(verdict).toEqual({ good: false, reason, cannotJudge: true })
  })
  it.each([
    ['an unknown key', said(2, UNKNOWN)],
    ['no signature', said(2, '[GNUPG:] NODATA 4\n')],
    ['another kind of signature', said(2, '')],
    ['a bad one', said(1, '[GNUPG:] NEWSIG\n[GNUPG:] BADSIG X a\n')],
    ['a bad one after a good one', said(1, `${SIG_ID}${GOOD}\n[GNUPG:] NEWSIG\n[GNUPG:] BADSIG X a\n`)],
  ])('not %s', (_, verdict) => {
    expect(verdict).toEqual({ good: false, reason: 'gpg: last' })
  })
})

it('B75 a gpg that hangs is ended, also where something it started holds on to its pipes', async () => {
  const folder = mkdtempSync(`${tmpdir()}/cac-`)
  writeFileSync(`${folder}/gpg`, '#!/bin/sh\nwhile [ -e "$0" ]; do sleep 0.1; done &\nwait\n')
  chmodSync(`${folder}/gpg`, 0o755)
  const options = { env: { PATH: `${folder}:/usr/bin:/bin` }, timeout: 100 }
  expect(await verifyBytes(Buffer.from('s'), Buffer.from('m'), options)).toEqual({
    good: false,
    reason: 'gpg did not end in time',
    cannotJudge: true,
  })
  const signing = { message: 'a', signature: 'a.asc', key: undefined, machine: 'here' }
  await expect(signFile(signing, options)).rejects.toMatchObject({
    kind: 'signing-failed',
    message: 'signing failed: gpg did not end in time',
    hints: [
      'gpg did not end: it may ask for a passphrase where nobody sees it, or its agent hangs',
      expect.stringContaining('unlock it for a while, in a terminal: gpg '),
      expect.stringContaining('gpgconf --kill gpg-agent'),
    ],
  })
  rmSync(folder, { recursive: true })
})
