import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { atCall, callsOf, type Subject } from '../support/kill-points'
import { isLong, LONGER, sample, sampleOfEach } from '../support/long'
import { sharedHome } from '../support/own-home'

/** Only what hangs takes as long. */
const OPTIONS = { ...LONGER, timeout: 900_000 }
const home = sharedHome()
const config = join(home.path, '.config/cross-agent-comms')
const file = join(config, 'peers.toml')
const OLD = '# mine\n[peers.velox]\n'
const NEW = '[local]\nroots = ["~/projects", "~/code"]\n'

const subject = (old: string | undefined): Subject => ({
  home,
  command: ['node', binOf('discover'), '--add-root', join(home.path, 'code')],
  options: { cwd: '/tmp' },
  prepare() {
    for (const folder of ['.config', '.local'])
      rmSync(join(home.path, folder), { recursive: true, force: true })
    mkdirSync(join(home.path, 'code'), { recursive: true })
    if (old !== undefined) home.write('.config/cross-agent-comms/peers.toml', old)
  },
})
const content = () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)
const others = () => readdirSync(config).filter((name) => name !== 'peers.toml' && !/^\.tmp\./.test(name))

const kinds: [string, string | undefined, string][] = [
  ['beside others', OLD, `${OLD}\n${NEW}`],
  ['in a new file', undefined, NEW],
]

it.each(sample(kinds, 1))(
  'C34 an --add-root that is killed leaves the old file or the new one: %s',
  OPTIONS,
  async (_, old, wanted) => {
    const run = subject(old)
    const calls = await callsOf(run)
    expect(calls.length).toBeGreaterThan(3)
    for (const call of sampleOfEach(calls, ({ name }) => name)) {
      await atCall(call, 'signal=KILL', run)
      expect([old, wanted], call.line).toContain(content())
      const again = await home.exec('node', run.command.slice(1))
      expect(again, call.line).toMatchObject({ exitCode: 0, stderr: '' })
      expect(content(), call.line).toBe(wanted)
      expect(others(), call.line).toEqual([])
    }
  },
)

it.runIf(isLong).each(kinds)(
  'C34 an --add-root whose calls fail says so with 1, and leaves a whole file: %s',
  OPTIONS,
  async (_, old, wanted) => {
    const run = subject(old)
    for (const call of sampleOfEach(await callsOf(run), ({ name }) => name)) {
      // The new file is there already; or a temp file that cannot be removed stays.
      if (call.line.includes('added: ') || call.name === 'unlink') continue
      const failed = await atCall(call, 'error=ENOSPC', run)
      expect(failed, call.line).toMatchObject({ exitCode: 1, stdout: '' })
      expect(failed.stderr, call.line).toMatch(/^cannot write .*\n/)
      // If only the folder cannot be flushed, the new file is there.
      expect([old, wanted], call.line).toContain(content())
      const names = existsSync(config) ? readdirSync(config) : []
      expect(names, call.line).toEqual(content() === undefined ? [] : ['peers.toml'])
    }
  },
)
