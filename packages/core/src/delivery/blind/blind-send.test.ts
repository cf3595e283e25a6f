import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { paths } from '../../fs/paths'
import { holdSignals, type Interruption } from '../../programs/interruption'
import { Rsync } from '../rsync'
import type { RemoteDelivery } from '../way'
import { beginBlindSend } from './blind-send'

const NAMES = ['first.org', 'second.org', 'third.org'] as const
const DELIVERY = {
  peer: { name: 'velox', host: 'velox.example', user: undefined },
  inbox: '~/inbox',
  message: Buffer.from('message'),
  signature: Buffer.from('signature'),
  names: NAMES,
  retries: 0,
  beforeStep() {},
}

let home: string
let interruption: Interruption

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cac-blind-'))
  interruption = holdSignals()
})

afterEach(() => {
  interruption.release()
  rmSync(home, { recursive: true })
})

/** Begins a send to a peer whose rsync is this shell script: `$last` is its last argument. */
async function begin(script: string, delivery: RemoteDelivery) {
  const log = join(home, 'log')
  const lines = ['#!/bin/sh', `echo "$*" >> '${log}'`, 'for last do :; done', script]
  writeFileSync(join(home, 'rsync'), `${lines.join('\n')}\n`, { mode: 0o755 })
  const line = { folder: undefined, sharing: (ssh: string) => ssh }
  const env = { PATH: `${home}:${process.env.PATH}` }
  const rsync = new Rsync(delivery, line, home, { env, interruption })
  const way = await beginBlindSend(delivery, rsync, { paths: paths(home), now: Date.now })
  if ('error' in way) throw new Error(way.error)
  return { way, calls: () => readFileSync(log, 'utf8').trimEnd().split('\n') }
}

describe('a send to a peer that runs rsync and nothing else', () => {
  it.each([true, false])(
    'C2 B62 finds in done/ what a try before has brought; signed: %s',
    async (isSigned) => {
      const unexpanded = `case $last in
      *'~'*) echo 'rsync: mkdir "/srv/~/inbox" failed: No such file or directory' >&2; exit 11 ;;
    esac`
      const delivery = {
        ...DELIVERY,
        signature: isSigned ? DELIVERY.signature : undefined,
        again: true as const,
      }
      const { way, calls } = await begin(unexpanded, delivery)
      if (isSigned) expect(await way.bring('signature')).toBe(undefined)
      expect(await way.bring('message')).toBe(undefined)
      expect(way.name).toBe('first.org')
      expect(calls().at(-1)).toMatch(/first\.org velox\.example:inbox\/done\/$/)
      way.end()
    },
  )

  it('B33 takes the next name where the first is another’s, and gives both up at the end', async () => {
    // The file compared under the first name differs; the file pushed under the second is transferred.
    const { way, calls } = await begin(
      `case "$*" in
      *--dry-run*first*) echo transferred ;;
      *--ignore-existing*second*) echo transferred ;;
    esac`,
      DELIVERY,
    )
    expect(await way.bring('signature')).toBe(undefined)
    expect(await way.bring('message')).toBe(undefined)
    expect(way.name).toBe('second.org')
    expect(way.hasBrought).toBe(true)
    expect(calls()).toHaveLength(5)
    const { claims } = paths(home)
    expect(readdirSync(claims)).toHaveLength(2)
    way.end()
    expect(readdirSync(claims)).toEqual([])
  })

  it('has brought nothing where its push fails, so that the next try may ask again', async () => {
    const { way } = await begin('echo "connection refused" >&2; exit 255', DELIVERY)
    expect(await way.bring('signature')).toMatchObject({
      error: expect.stringContaining('connection refused'),
    })
    expect(way.hasBrought).toBe(false)
    way.end()
  })
})
