import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mapParallel } from '@cac/core/programs/parallel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recvTable } from '../../packages/recv/src/options'
import { recv } from '../../packages/recv/src/recv'
import { sendTable } from '../../packages/send/src/options'
import { send } from '../../packages/send/src/send'
import { statusTable } from '../../packages/status/src/options'
import { status } from '../../packages/status/src/status'
import { makeRandom } from '../conformance/random.mjs'
import type { Outcome } from '../support/home'
import { runInProcess } from '../support/in-process'
import { isLong, itLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { seeds } from '../support/seeds'

const AT_ONCE = 4
/** Of messages and of command lines; of inboxes there are a tenth. */
const INPUTS = isLong ? 350 : 60
/** One of so many inputs goes to a process of its own as well: start, arguments and exit are the same for all. */
const BY_PROCESS = 10
const EXITS = { send: [0, 1, 2, 4], recv: [0, 1, 2, 3], status: [0, 2] }

let random = makeRandom(0)
const FIELDS = [
  'TITLE',
  'CONVERSATION_ID',
  'MESSAGE_TYPE',
  'SEQUENCE',
  'TIMESTAMP',
  'PROTOCOL_VERSION',
  'REQUIRES_TOOLS',
] as const
const NASTY = [
  '',
  ' ',
  '-',
  '--',
  '--help',
  '..',
  '../..',
  '/',
  '/etc/passwd',
  '.',
  '~',
  '~root',
  '$(touch x)',
  '`id`',
  "'",
  '"',
  '\\',
  '\n',
  '\r',
  '\t',
  '\x1b[2J',
  '\x07',
  '\x7f',
  '\x9b31m',
  '\u202e',
  '\u2028',
  '\ufeff',
  '\u{10ffff}',
  'x'.repeat(300),
  '😀'.repeat(80),
  '%s%n',
  '{}',
  '5',
  '0',
  '-1',
  '1e9',
  '9'.repeat(5000),
  'NaN',
  '__proto__',
  'constructor',
  'release',
  'request',
  '2026-04-27T04:11Z',
  'a/b',
  'talk',
] as const

const word = () => random.pick(NASTY)
const phrase = () => Array.from({ length: random.below(4) }, word).join('')
const bytes = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)))

/** From nearly right to pure noise. */
function hostileMessage(): Buffer {
  const kind = random.below(10)
  if (kind === 0) return bytes(random.below(300))
  if (kind === 1) return Buffer.alloc(random.below(20_000), phrase() || 'x')
  const changes = Array.from({ length: 1 + random.below(3) }, () => [
    random.pick(FIELDS),
    random.chance(0.2) ? undefined : phrase(),
  ])
  const text = Buffer.from(messageText(Object.fromEntries(changes), phrase()))
  if (kind === 2) return text.subarray(0, random.below(text.length))
  if (kind === 3) text[random.below(text.length)] = random.below(256)
  return text
}

/** Any name that a file can have and that a test can pass as an argument. */
function hostileName(): string {
  const name = `${phrase()}${random.pick(['.org', '.org', '', '.ORG', '.org '])}`
    .replaceAll('/', '_')
    .replaceAll('\0', '')
  return ['', '.', '..'].includes(name) || Buffer.byteLength(name) > 250
    ? `plain-${random.below(1e6)}.org`
    : name
}

/** Nothing but documented exit codes; nothing on stderr that only a programmer could read. */
function expectDocumented(command: keyof typeof EXITS, outcome: Outcome, input: unknown): void {
  const shown = JSON.stringify({ input, outcome })
  expect(outcome.signal, shown).toBeNull()
  expect(EXITS[command], shown).toContain(outcome.exitCode)
  expect(outcome.stderr, shown).not.toMatch(
    /^\s+at .+:\d+|node:internal|TypeError|RangeError|undefined|\[object/m,
  )
  if (outcome.exitCode !== 0) expect(outcome.stderr + outcome.stdout, shown).not.toBe('')
}

describe.each(seeds)('hostile input, seed %i', (seed) => {
  beforeAll(() => {
    random = makeRandom(seed)
  })
  const home = sharedHome()
  let inputs = 0
  const some = <Input>(all: readonly Input[]) => all.filter((_, index) => index % BY_PROCESS === 0)
  afterAll(() => {
    console.log(`hostile inputs given to the commands: ${inputs} (seed ${seed})`)
  })

  it('messages under hostile names through recv', async () => {
    const folders = Array.from({ length: INPUTS }, (_, n) => {
      const folder = join(home.path, `recv-${n}`)
      mkdirSync(folder)
      const name = hostileName()
      writeFileSync(join(folder, name), hostileMessage())
      const flags = ['--json', '--compact-json', '--no-dedup'].filter(() => random.chance(0.4))
      return {
        cwd: folder,
        args: [...flags, '--no-verify', '--', random.chance(0.5) ? name : join(folder, name)],
      }
    })
    for (const { cwd, args } of folders) {
      const outcome = await runInProcess(home, recvTable, recv, args, cwd)
      inputs++
      expectDocumented('recv', outcome, args)
      expect(outcome.exitCode, 'there is no other message').not.toBe(1)
      if (args.includes('--json') && outcome.stdout !== '')
        expect(JSON.parse(outcome.stdout)).toHaveProperty('decision')
    }
    await mapParallel(some(folders), AT_ONCE, async ({ cwd, args }) => {
      const byProcess = await home.run('recv', args, { cwd })
      expectDocumented('recv', byProcess, args)
      const { exitCode, stdout } = await runInProcess(home, recvTable, recv, args, cwd)
      expect(byProcess).toMatchObject({ exitCode, stdout })
    })
  })

  it('messages through send, which leaves what is whole and in its place', async () => {
    const sends = Array.from({ length: INPUTS }, (_, n) => {
      const file = home.write(`send/${n}/${hostileName()}`, hostileMessage())
      const destination = random.chance(0.5)
        ? 'local.bob'
        : `${random.pick(['local.', '', 'velox.'])}${phrase()}`
      return ['--no-sign', '--', destination.replaceAll('\0', ''), file]
    })
    const before = readdirSync(home.path).sort()
    const check = (outcome: Outcome, args: readonly string[]) => {
      expectDocumented('send', outcome, args)
      if (outcome.exitCode === 0) expect(outcome.stdout).toMatch(/^sent: .*-from-.*\.org\n$/s)
    }
    for (const args of sends) {
      inputs++
      check(await runInProcess(home, sendTable, send, args, home.path), args)
    }
    await mapParallel(some(sends), AT_ONCE, async (args) => check(await home.run('send', args), args))
    expect(readdirSync(home.path).sort()).toEqual([...before, 'projects'].sort())
    const delivered = readdirSync(join(home.path, 'projects'), { recursive: true, withFileTypes: true })
    for (const entry of delivered.filter((found) => found.isFile())) {
      expect(`${entry.parentPath}/${entry.name}`).toMatch(/\/inbox\/from-agents\/\d{8}T\d{6}Z-from-.*\.org$/s)
    }
  })

  it('whole inboxes through status, which counts every file', async () => {
    const homes = Array.from({ length: INPUTS / 10 }, (_, n) => {
      const files = new Map(Array.from({ length: 12 }, () => [hostileName(), hostileMessage()]))
      for (const [name, content] of files)
        home.write(`status-${n}/projects/bob/inbox/from-agents/${name}`, content)
      inputs += files.size
      return join(home.path, `status-${n}`)
    })
    const check = (json: Outcome, table: Outcome, path: string) => {
      expectDocumented('status', json, path)
      expect(JSON.parse(json.stdout).projects).toHaveLength(1)
      expectDocumented('status', table, path)
    }
    const inProcess = (path: string, args: readonly string[]) =>
      runInProcess({ path, env: home.env }, statusTable, status, args, path)
    for (const path of homes) check(await inProcess(path, ['--json']), await inProcess(path, []), path)
    await mapParallel(some(homes), AT_ONCE, async (path) => {
      const options = { env: { HOME: path } }
      check(await home.run('status', ['--json'], options), await home.run('status', [], options), path)
    })
  })

  itLong('command lines through all three', async () => {
    const flags = [
      '--json',
      '--key',
      '--retries',
      '--projects-glob',
      '--protocol-version',
      '--no-',
      '-h',
      '-x',
    ] as const
    const lines = Array.from({ length: INPUTS / 2 }, () => {
      const args = Array.from({ length: random.below(4) }, () =>
        random.chance(0.5) ? random.pick(flags) : word(),
      )
      return { command: random.pick(['send', 'recv', 'status'] as const), args }
    })
    await mapParallel(lines, AT_ONCE, async ({ command, args }) => {
      inputs++
      expectDocumented(command, await home.run(command, args, { cwd: join(home.path, 'recv-0') }), args)
    })
  })
})
