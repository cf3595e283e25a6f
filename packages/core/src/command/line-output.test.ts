import { expect, it } from 'vitest'
import { type Context, processContext } from './context'
import { LineOutput } from './line-output'

/** A file that takes so many bytes at a time, and sometimes fails. */
function outputTo(takes: (number | string)[]) {
  let written = ''
  const said: string[] = []
  const context: Context = { ...processContext(), err: (line) => said.push(line) }
  const output = new LineOutput(context, (bytes) => {
    const take = takes.shift() ?? bytes.length
    if (typeof take === 'string') throw Object.assign(new Error(`${take}: why, write`), { code: take })
    written += Buffer.from(bytes.subarray(0, take)).toString()
    return Math.min(take, bytes.length)
  })
  return { output, said, written: () => written }
}

it('C31 writes all of a line, in however many pieces', () => {
  const { output, written, said } = outputTo([2, 'EAGAIN', 1])
  expect(output.write('line\n')).toBe(true)
  expect([written(), said]).toEqual(['line\n', []])
})

it('C31 goes on in the middle of a line when a full disk has space again', () => {
  const { output, written, said } = outputTo([2, 'ENOSPC', 'ENOSPC'])
  expect(output.write('first\n')).toBe(true)
  expect(output.write('second\n')).toBe(true)
  expect([written(), said.length]).toEqual(['fi', 1])
  expect(output.write()).toBe(true)
  expect(written()).toBe('first\nsecond\n')
  expect(said).toEqual([
    'cannot write to standard output: ENOSPC: why; the lines wait until it can be written',
    'standard output is written again; lines lost: 0',
  ])
})

it('C31 counts the lines for which there is no place, and loses only whole ones', () => {
  const line = `${'x'.repeat(400_000)}\n`
  const { output, written, said } = outputTo([3, 'ENOSPC', 'ENOSPC', 'ENOSPC', 'ENOSPC'])
  for (let n = 0; n < 4; n++) output.write(line)
  output.write()
  expect(written()).toBe(line + line)
  expect(said.at(-1)).toBe('standard output is written again; lines lost: 2')
})

it('C31 says when nobody reads, and throws what does not pass', () => {
  expect(outputTo(['EPIPE']).output.write('x\n')).toBe(false)
  expect(() => outputTo(['EBADF']).output.write('x\n')).toThrow('EBADF')
})
