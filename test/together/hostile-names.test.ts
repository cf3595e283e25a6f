import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mapParallel } from '@cac/core/programs/parallel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { makeRandom } from '../conformance/random.mjs'
import { type Outcome, outcomeOf } from '../support/home'
import { isLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { asRaw, execRaw, raw } from '../support/raw'
import { seeds } from '../support/seeds'
import { until } from '../support/until'

const AT_ONCE = 4
/** So many times the names. */
/** Of so many of the cases. */
const some = (count: number) => (isLong ? 5 * count : Math.ceil(count / 2))
const LONGEST = 255
const reference = process.env.CROSS_AGENT_REFERENCE

// Each character is one byte, see support/raw.ts.
const PIECES = [
  ...['\n', '\r', '\t', '\x1b[2J', '\x07', '\x7f', '\x9b31m', '\xe2\x80\xae', '\xe2\x80\xa8'],
  ...[
    '\xff',
    '\xc3',
    '\xc3\xa9',
    '\xed\xa0\x80',
    '\xed\xb3\xbf',
    '\xf4\x90\x80\x80',
    '\xef\xbf\xbd',
    '\xf0\x9f\x98\x80',
    '\xf0\x9f',
  ],
  ...[
    '-',
    '--',
    '--help',
    '--json',
    '-rf',
    '.',
    '..',
    ' ',
    '~',
    '$(id)',
    '`id`',
    "'",
    '"',
    '\\',
    '*',
    '?',
    '[',
    ']',
    '{',
    '%s',
    '&',
    ';',
  ],
  ...['.org', '.asc', '.tmp.', '20260427T091142Z-from-', 'talk', 'HALT', '__proto__'],
] as [string, ...string[]]

describe.each(seeds)('hostile names, seed %i', (seed) => {
  const random = makeRandom(seed)
  const home = sharedHome()
  const root = asRaw(home.path)
  const message = messageText()
  let inputs = 0
  beforeAll(() => home.makeKey())
  afterAll(() => {
    console.log(`hostile names given to the commands: ${inputs} (seed ${seed})`)
  })

  const byte = () => String.fromCharCode(1 + random.below(255)).replace('/', '_')
  const many = (most: number, one: () => string) =>
    Array.from({ length: 1 + random.below(most) }, one).join('')
  /** A name that a file can have; `most` is its longest length in bytes. */
  const hostileName = (suffix = '', most = LONGEST): string => {
    const kind = random.below(4)
    let name = kind === 0 ? many(20, byte) : many(5, () => random.pick(PIECES))
    if (kind === 1) name = (random.chance(0.5) ? '-' : '') + name
    if (kind === 2) name = name.padEnd(most, random.pick(['x', '\xff', '\xc3\xa9', '\n', '-']))
    name = name.slice(0, most - suffix.length) + suffix
    return name === '.' || name === '..' ? `dots${suffix}` : name
  }
  const names = (count: number, name: () => string) => {
    inputs += count
    const found = new Set<string>()
    while (found.size < count) found.add(name())
    return [...found]
  }
  const put = (folder: string, name: string, content: string | Buffer = message) => {
    mkdirSync(raw(folder), { recursive: true })
    writeFileSync(raw(`${folder}/${name}`), content)
    return `${folder}/${name}`
  }
  const ours = (
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string> } = {},
  ) => execRaw(home, process.execPath, [binOf(command), ...args], options)
  const script = (command: string, args: readonly string[], env: Record<string, string>) =>
    execRaw(home, join(reference ?? '', `cross-agent-${command}`), args, {
      env: { PATH: '/usr/bin:/bin', ...env },
    })

  it('recv: the name of a message changes nothing, signed or not, named from near or far', async () => {
    const plain = await ours('recv', ['--no-verify', put(`${root}/plain`, 'm.org')])
    expect(plain).toMatchObject({ exitCode: 0, stderr: '' })
    const signature = join(home.path, 'signature')
    const signing = ['--detach-sign', '--armor', '--output', signature, `${home.path}/plain/m.org`]
    expect((await home.exec('gpg', signing)).exitCode).toBe(0)
    const cases = names(some(14), () => hostileName('.org')).map((name, index) => {
      const folder = `${root}/recv-${index}`
      const file = put(folder, name)
      const isSigned = random.chance(0.3) && name.length + '.asc'.length <= LONGEST
      if (isSigned) put(folder, `${name}.asc`, readFileSync(signature))
      const args = isSigned ? [] : ['--no-verify']
      if (random.chance(0.5)) return { args: [...args, file], cwd: '/tmp' }
      return {
        args: [...args, '--', random.chance(0.5) ? name : `./${name}`],
        cwd: join(home.path, `recv-${index}`),
      }
    })
    await mapParallel(cases, AT_ONCE, async ({ args, cwd }) => {
      expect(await ours('recv', args, { cwd }), JSON.stringify(args)).toEqual(plain)
    })
  })

  it('recv: of copies under any names exactly one is processed', async () => {
    const folder = `${root}/copies`
    const copies = names(some(5), () => hostileName('.org'))
    for (const name of copies) utimesSync(raw(put(folder, name)), 1_777_000_000, 1_777_000_000)
    const outcomes = await mapParallel(copies, AT_ONCE, (name) =>
      ours('recv', ['--no-verify', `${folder}/${name}`]),
    )
    const exits = outcomes.map(({ exitCode }) => exitCode)
    expect(exits.filter((exit) => exit === 0)).toHaveLength(1)
    expect(exits.filter((exit) => exit === 1)).toHaveLength(copies.length - 1)
  })

  it('recv: what cannot have a signature beside it is rejected, what is not there is said to be missing', async () => {
    const long = put(`${root}/long`, hostileName('.org').padStart(LONGEST, '\xff'))
    const rejected = await ours('recv', [long])
    expect(rejected).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/^decision: reject\nreason: /),
    })
    for (const name of names(some(3), () => hostileName())) {
      const missing = await ours('recv', ['--', `${root}/nowhere/${name}`])
      expect(missing).toMatchObject({ exitCode: 3, stdout: '' })
      expect(missing.stderr).toMatch(/^message file not found: /)
      expect(missing.stderr, 'bytes on stderr').not.toMatch(/[\xff\xfe]/)
    }
  })

  it('send: the name of the file changes nothing', async () => {
    const files = names(some(8), () => hostileName()).map((name, index) => ({
      file: put(`${root}/send-${index}`, name),
      args: random.chance(0.3) ? [] : ['--no-sign'],
    }))
    await mapParallel(files, AT_ONCE, async ({ file, args }) => {
      const sent = await ours('send', [...args, '--', 'local.bob', file], { cwd: '/tmp' })
      expect(sent, JSON.stringify(file)).toMatchObject({ exitCode: 0 })
      const delivered = sent.stdout.slice('sent: '.length, -1)
      expect(readFileSync(delivered, 'utf8')).toBe(message)
      expect(existsSync(`${delivered}.asc`)).toBe(args.length === 0)
    })
  })

  it('status and discover: every file and every project is there, as the scripts show them', async () => {
    const homes = Array.from({ length: some(2) }, (_, index) => {
      const here = `${root}/home-${index}`
      const projects = names(6, () => hostileName()).filter((name) => !name.startsWith('.'))
      for (const project of projects) {
        mkdirSync(raw(`${here}/projects/${project}/.ai`), { recursive: true })
        const inbox = `${here}/projects/${project}/inbox/from-agents`
        // The same age for all, one for each file would be better but for ties, which the newest decides.
        for (const [age, name] of names(4, () => hostileName('.org')).entries()) {
          const then = 1_777_000_000 + age * 60
          utimesSync(raw(put(inbox, name)), then, then)
        }
      }
      return { home: join(home.path, `home-${index}`), count: projects.length }
    })
    await mapParallel(homes, 2, async ({ home: path, count }) => {
      const env = { HOME: path }
      const status = await ours('status', ['--json'], { env })
      expect(status).toMatchObject({ exitCode: 0, stderr: '' })
      const shown: { projects: { pending_count: number }[] } = JSON.parse(status.stdout)
      expect(shown.projects.map((project) => project.pending_count)).toEqual(Array(count).fill(4))
      const table = await ours('status', [], { env })
      // B44: no name forges a line; bytes that are not UTF-8 stay, and here they look like control characters.
      expect(table.stdout.split('\n'), table.stdout).toHaveLength(1 + count + 1)
      expect(table.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/)
      const discover = await ours('discover', ['--json', '--no-cache'], { env })
      expect(discover).toMatchObject({ exitCode: 0, stderr: '' })
      expect(JSON.parse(discover.stdout).local).toHaveLength(count)
      if (reference === undefined) return
      const timeless = ({ exitCode, stdout }: Outcome) => ({
        exitCode,
        stdout: stdout.replace(/"(scanned_at|age_seconds)": [^\n]+/g, ''),
      })
      expect(timeless(status)).toEqual(timeless(await script('status', ['--json'], env)))
      expect(timeless(discover)).toEqual(timeless(await script('discover', ['--json', '--no-cache'], env)))
    })
  })

  it('watch: each file that is not hidden is told of once, in one line', async () => {
    const inbox = `${root}/projects/watched/inbox/from-agents`
    mkdirSync(raw(inbox), { recursive: true })
    const logFile = join(home.path, 'watch.log')
    const log = () => (existsSync(logFile) ? readFileSync(logFile, 'latin1').trimEnd().split('\n') : [])
    const watcher = home.start('watch', ['--no-notify', '--log', logFile])
    const ended = outcomeOf(watcher, 'latin1')
    let probes = 0
    await until(() => {
      put(inbox, `probe-${probes++}`)
      return log().length > 0
    }, 'the watcher is ready')
    // A number at the end of each tells which line is about which file.
    let number = 0
    const files = names(120, () => hostileName(`#${number++}.org`))
    for (const name of files) put(inbox, name)
    const visible = files.filter((name) => !name.startsWith('.'))
    const told = () => log().filter((line) => !line.includes('probe-'))
    await until(() => told().length >= visible.length, 'each file is told of')
    // The look that tells of it sees the whole folder: it would tell again what is told twice.
    put(inbox, 'probe-last')
    await until(() => log().some((line) => line.includes('probe-last')), 'another look')
    watcher.kill()
    const { stdout, stderr } = await ended
    const numbers = (lines: readonly string[]) =>
      lines.map((line) => /#(\d+)\.org$/.exec(line)?.[1] ?? line).sort()
    expect(numbers(told())).toEqual(numbers(visible))
    const lines = stdout.trimEnd().split('\n').slice(1)
    expect(numbers(lines.filter((line) => !line.includes('probe-')))).toEqual(numbers(visible))
    // Bytes that are text of their own are shown as they are, control characters never.
    expect(told().join('')).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f]/)
    expect(stderr).toBe('')
    expect(readdirSync(raw(inbox))).not.toHaveLength(0)
  })
})
