import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { placePair, readPart } from './place-pair'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pair-'))
  mkdirSync(join(folder, 'done'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const finish = (message: string, signature: string, whilePlacing: () => void) => {
  const parts = [readPart(message), readPart(signature)] as const
  whilePlacing()
  return () => placePair(...parts, () => join(folder, 'done/m.org'))
}

it('C14 a run that comes too late leaves the signature to the message that another has finished', () => {
  const [message, signature] = [write('m.org', 'text'), write('m.org.asc', 'signed')]
  const place = finish(message, signature, () => {
    write('done/m.org', 'text')
    rmSync(message)
  })
  expect(place).toThrow('ENOENT')
  expect(existsSync(join(folder, 'done/m.org.asc'))).toBe(true)
})

it('C14 a run that places nothing leaves no signature', () => {
  const [message, signature] = [write('m.org', 'text'), write('m.org.asc', 'signed')]
  const place = finish(message, signature, () => rmSync(message))
  expect(place).toThrow('ENOENT')
  expect(existsSync(join(folder, 'done/m.org.asc'))).toBe(false)
})
