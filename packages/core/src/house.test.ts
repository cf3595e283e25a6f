import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'

/** The rooms, floor by floor from the top. A room uses only rooms on floors below its own. */
const FLOORS = [
  ['document'],
  ['completion'],
  ['doctor', 'follow'],
  ['agents'],
  ['machines'],
  ['delivery'],
  ['mailbox'],
  ['project'],
  ['peers', 'service'],
  ['brake'],
  ['message'],
  ['command'],
  ['programs'],
  ['fs'],
  ['text'],
]

const SOURCE = import.meta.dirname
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g

it('no room imports from one above it or beside it', () => {
  const arrows = sourceFiles().flatMap((file) => importsOf(file).map((target) => ({ file, target })))
  const wrong = arrows.filter(({ file, target }) => !mayUse(roomOf(file), roomOf(target)))
  expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([])
})

it('every file lies in a room', () => {
  const rooms = FLOORS.flat()
  expect(sourceFiles().filter((file) => !rooms.includes(roomOf(file)))).toEqual([])
})

/** As paths from here. Tests are left out: they may use any room. */
function sourceFiles(): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  )
}

/** What a file imports of ours, types too, as paths from here. Texts that the build carries (`?raw`) do not count. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), 'utf8')
  return Array.from(text.matchAll(IMPORT), ([, specifier = '']) => specifier)
    .filter((specifier) => !specifier.endsWith('?raw'))
    .flatMap((specifier) => {
      if (specifier.startsWith('@cac/core/')) return [specifier.slice('@cac/core/'.length)]
      if (specifier.startsWith('@cac/')) return [specifier]
      return specifier.startsWith('.') ? [relative(SOURCE, join(SOURCE, dirname(file), specifier))] : []
    })
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? ''
}

/** A command is no room and lies on no floor: nothing in core may use it. */
function mayUse(room: string, used: string): boolean {
  return room === used || floorOf(used) > floorOf(room)
}

function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room))
}
