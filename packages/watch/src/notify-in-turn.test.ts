import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { notifyInTurn } from './notify-in-turn'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'notify-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const stub = (script: string) =>
  writeFileSync(join(folder, 'notify'), `#!/bin/sh\n${script}\necho "$*" >> ${folder}/told\n`, {
    mode: 0o755,
  })
const told = () =>
  existsSync(join(folder, 'told')) ? readFileSync(join(folder, 'told'), 'utf8').trimEnd().split('\n') : []
const show = (texts: string[], timeLimit = 10_000, isHalted = () => false) =>
  notifyInTurn(texts, { PATH: `${folder}:/usr/bin:/bin` }, timeLimit, {
    haltFile: join(folder, 'HALT'),
    isHalted,
  })

describe('notifications one after the other', () => {
  it('are told of in their order, with no word of theirs read by the shell', async () => {
    stub('')
    const texts = ['a: $(exit).org', '-n', "it's *", 'a  b']
    expect(await show(texts)).toEqual([])
    expect(told()).toEqual(texts.map((text) => `info Cross-agent message ${text}`))
  })

  it('that hang are ended, and the others are told of', async () => {
    stub('[ "$3" = hangs ] && exec sleep 600')
    expect(await show(['a', 'hangs', 'b'], 2000)).toEqual([])
    expect(told().map((line) => line.at(-1))).toEqual(['a', 'b'])
  })

  it('are given back where notify is gone, and only then', async () => {
    stub(`[ "$3" = last ] && rm ${folder}/notify`)
    expect(await show(['a', 'last', 'b', 'c'])).toEqual(['b', 'c'])
    expect(told().map((line) => line.split(' ').at(-1))).toEqual(['a', 'last'])
    expect(await show(['d', 'e'])).toEqual(['d', 'e'])
    stub('trap "exit 127" EXIT')
    expect(await show(['f', 'g'])).toEqual([])
    expect(told()).toHaveLength(4)
  })

  it.each([
    ['a file', 'touch'],
    ['a folder', 'mkdir'],
    ['a link to nowhere', 'ln -s nowhere'],
  ])('B37 are not told of once HALT is there: %s', async (_, make) => {
    stub(`[ "$3" = second ] && ${make} ${folder}/HALT`)
    expect(await show(['first', 'second', 'third', 'fourth'])).toEqual([])
    expect(told().map((line) => line.split(' ').at(-1))).toEqual(['first', 'second'])
  })

  it('B37 are ended by a HALT that the shell does not see, the one being shown included', async () => {
    expect(spawnSync('mkfifo', [join(folder, 'fifo')]).status).toBe(0)
    stub(`: > ${folder}/begun-$3; read line < ${folder}/fifo`)
    const isHalted = () => existsSync(join(folder, 'begun-first'))
    expect(await show(['first', 'second'], 60_000, isHalted)).toEqual([])
    expect(told()).toEqual([])
    expect(existsSync(join(folder, 'begun-second'))).toBe(false)
  })
})
