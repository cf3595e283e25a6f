import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import type { ExecOptions } from './exec'
import { judge, signFile, verifyBytes } from './signing'

const VALID = '[GNUPG:] VALIDSIG FPR 2026-01-01 1767225600 0 4 0 22 8 00 PRIMARY'
const GOOD = '[GNUPG:] GOODSIG KEYID name'
const judged = (...lines: string[]) => judge({ exitCode: 0, stdout: `${lines.join('\n')}\n`, stderr: '' })

it('B3 takes what gpg calls good and valid over exact bytes, with the primary key', () => {
  expect(judged('[GNUPG:] NEWSIG', GOOD, VALID)).toEqual({
    good: true,
    signers: [{ key: 'FPR', primary: 'PRIMARY' }],
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

it('B32 takes four signatures, and rejects more', () => {
  const signatures = (count: number) => Array<string>(count).fill(`[GNUPG:] NEWSIG\n${GOOD}\n${VALID}`)
  expect(judged(...signatures(4))).toMatchObject({ good: true })
  expect(judged(...signatures(5))).toEqual({ good: false, reason: 'more than 4 signatures' })
})

it('B32 rejects what reports more than is kept of it', () => {
  expect(judged('[GNUPG:] NEWSIG', GOOD, VALID, 'x'.repeat(1024 * 1024))).toMatchObject({ good: false })
})

describe('a program in the place of gpg', () => {
  const folder = mkdtempSync(`${tmpdir()}/cac-`)
  const log = `${folder}/calls`
  const options = { env: { PATH: `${folder}:/usr/bin:/bin`, LOG: log } }
  const stub = (script: string) => {
    writeFileSync(`${folder}/gpg`, `#!/bin/sh\n${script}\n`)
    chmodSync(`${folder}/gpg`, 0o755)
    writeFileSync(log, '')
  }
  const verify = (more: Partial<ExecOptions> = {}) =>
    verifyBytes(Buffer.from('signature'), Buffer.from('message'), { ...options, ...more })
  const goodLines = `printf '%s\\n' '[GNUPG:] NEWSIG' '${GOOD}' '${VALID}'`
  afterAll(() => rmSync(folder, { recursive: true }))

  it('that hangs is ended, also where something it started holds on to its pipes', async () => {
    stub('sleep 20 &\nsleep 20')
    expect(await verify({ timeout: 100 })).toEqual({ good: false, reason: 'gpg did not end in time' })
    const signing = signFile('a', 'a.asc', undefined, { ...options, timeout: 100 })
    await expect(signing).rejects.toMatchObject({ exitCode: 1 })
  }, 15_000)
  it('B32 is given the bytes, and no name', async () => {
    stub(`echo "$*" > "$LOG"; cat >> "$LOG"; cat <&3 >> "$LOG"; ${goodLines}`)
    expect(await verify()).toMatchObject({ good: true })
    expect(readFileSync(log, 'utf8')).toBe(
      '--enable-special-filenames --no-auto-key-retrieve --no-auto-key-import --disable-dirmngr ' +
        '--status-fd 1 --verify -- -&3 -\nmessagesignature',
    )
  })
  it('B32 need not read what it is given', async () => {
    stub(goodLines)
    const bytes = Buffer.alloc(5_000_000)
    expect(await verifyBytes(bytes, bytes, options)).toMatchObject({ good: true })
  })
  it('B35 that does not know the import of keys yet is asked without it, in any language', async () => {
    for (const words of ['invalid option "%s"', 'option « %s » incorrecte']) {
      stub(`
        echo "$*" >> "$LOG"
        for word; do
          if [ "$word" = --no-auto-key-import ]; then
            printf '[GNUPG:] FAILURE option-parser 33554433\\n'; printf '${words}\\n' "$word" >&2; exit 2
          fi
        done
        ${goodLines}`)
      expect(await verify()).toMatchObject({ good: true })
      const [, again, ...further] = readFileSync(log, 'utf8').trim().split('\n')
      expect(again).toBe(
        '--enable-special-filenames --no-auto-key-retrieve --disable-dirmngr --status-fd 1 --verify -- -&3 -',
      )
      expect(further).toEqual([])
    }
  })
  it('B35 that fails otherwise is not asked again', async () => {
    for (const script of [
      'echo "gpg: no" >&2; exit 2',
      'echo "invalid option \\"--disable-dirmngr\\"" >&2; exit 2',
      'echo "[GNUPG:] NEWSIG"; echo "gpg: --no-auto-key-import" >&2; exit 2',
      'echo "gpg: --no-auto-key-import" >&2; exit 1',
    ]) {
      stub(`echo >> "$LOG"; ${script}`)
      expect(await verify()).toMatchObject({ good: false })
      expect(readFileSync(log, 'utf8')).toBe('\n')
    }
  })
  it('B37 is not started under HALT', async () => {
    stub('echo >> "$LOG"')
    expect(await verify({ isHalted: () => true })).toMatchObject({ good: false })
    expect(readFileSync(log, 'utf8')).toBe('')
  })
})
