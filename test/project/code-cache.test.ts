import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MOST_CACHE_BYTES } from '@cac/core/command/load-main'
import { beforeEach, describe, expect, it } from 'vitest'
import { codeId } from '../../scripts/cache-code.mjs'
import { binOf, commands, mainOf, root } from '../../scripts/project.mjs'
import { itLong } from '../support/long'
import { sharedHome } from '../support/own-home'

const home = sharedHome()

const cacheName = (command: string, code = readFileSync(mainOf(command), 'utf8')) =>
  `cross-agent-${command}.${codeId(code)}.${process.version}-${process.arch}.cache`
const builtCache = (command: string) => join(dirname(binOf(command)), cacheName(command))
const writer = join(root, 'scripts/cache-code.mjs')
const folder = join(home.path, 'lib')
const cache = join(folder, cacheName('status'))
const bin = join(folder, 'cross-agent-status.cjs')

/** V8's own word on whether it takes what is in a file for the code of a command. */
const isTaken = async (command: string, file: string) => {
  const script = `
    const [code, file] = process.argv.slice(1)
    const cachedData = fs.readFileSync(file)
    const { cachedDataRejected } = new vm.Script(fs.readFileSync(code, 'utf8'), { filename: code, cachedData })
    console.log(!cachedDataRejected)`
  const { stdout } = await home.exec(process.execPath, ['-e', script, mainOf(command), file])
  return stdout.trim()
}

const status = () => home.exec(process.execPath, [bin])

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true })
  home.write('lib/cross-agent-status.cjs', readFileSync(binOf('status')))
  copyFileSync(mainOf('status'), join(folder, 'cross-agent-status.main.js'))
  copyFileSync(builtCache('status'), cache)
})

describe('the code cache of a command', () => {
  it.each(commands)('is left by the build, and V8 takes it: %s', async (command) => {
    expect(await isTaken(command, builtCache(command))).toBe('true')
  })

  it('is no condition: without one, all is the same', async () => {
    const usual = await status()
    expect(usual).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('0 pending'), stderr: '' })
    rmSync(cache)
    expect(await status()).toEqual(usual)
  })

  it('is what runs', async () => {
    // V8 asks for no more than the code's length: from the cache of other code one sees which of the two ran.
    const code = readFileSync(mainOf('status'), 'utf8').replace('0 pending.', '9 pending.')
    const main = home.write('other/cross-agent-status.main.js', code)
    await home.exec(process.execPath, [writer, dirname(main)])
    const other = join(dirname(main), cacheName('status', code))
    copyFileSync(other, cache)
    expect((await status()).stdout).toContain('9 pending.')
    // Under its own name it is not taken for this code.
    rmSync(cache)
    copyFileSync(other, join(folder, cacheName('status', code)))
    expect((await status()).stdout).toContain('0 pending.')
  })

  itLong('for other code, or not whole, does nothing', async () => {
    const usual = await status()
    copyFileSync(builtCache('halt'), cache)
    expect(await isTaken('status', cache)).toBe('false')
    expect(await status()).toEqual(usual)

    const whole = readFileSync(builtCache('status'))
    for (const length of [0, 1, 2, 10, 31, 32, 33, 100, 1000, whole.length >> 1, whole.length - 1]) {
      writeFileSync(cache, whole.subarray(0, length))
      expect(await status(), `${length} bytes`).toEqual(usual)
    }
  })

  it('is at most as large as what it is read into', () => {
    for (const command of commands)
      expect(readFileSync(builtCache(command)).length).toBeLessThan(MOST_CACHE_BYTES)
  })
})

it('a command whose code is damaged ends with one line', async () => {
  home.write('lib/cross-agent-status.main.js', readFileSync(mainOf('status')).subarray(0, 5000))
  expect(await status()).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/^cross-agent-status: cannot be loaded: [^\n]+; install it again\n$/),
  })
})
