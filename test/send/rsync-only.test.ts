import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Home } from '../support/home'
import { isLong, itLong, LONGER, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedFleet } from '../support/own-home'

/** Peers whose key lets rsync in and nothing else: nobody can ask them for a name. */
const fleet = sharedFleet(['velox'], 122)
const { home } = fleet
const velox = fleet.machine('velox')
const inbox = velox.home.inbox('bob')
const keysFile = join(velox.home.path, 'authorized_keys')
const key = readFileSync(keysFile, 'utf8')
/** Without its lock, under which one of two senders at once is turned away and has to try again. */
const RRSYNC = '/usr/bin/rrsync'
/** What rrsync does, as far as it matters here, for machines without it. */
const gate = velox.home.write(
  'gate',
  '#!/bin/sh\nset -f\ncase $SSH_ORIGINAL_COMMAND in "rsync --server "*) cd "$HOME/projects" && exec $SSH_ORIGINAL_COMMAND ;; esac\n',
  0o755,
)
const commands = [gate, ...(existsSync(RRSYNC) ? [`${RRSYNC} -wo -no-lock ${velox.home.path}/projects`] : [])]

beforeAll(async () => {
  await home.makeKey()
  const peers = readFileSync(join(home.path, '.config/cross-agent-comms/peers.toml'), 'utf8')
  home.write(
    '.config/cross-agent-comms/peers.toml',
    `${peers}\n[projects.bob]\ninbox_path = "bob/inbox/from-agents"\n`,
  )
})
beforeEach(() => mkdirSync(inbox, { recursive: true }))
afterEach(() => rmSync(inbox, { recursive: true }))

const claims = join(home.path, '.local/state/cross-agent-comms/claims')
const send = (from: Home, number: number, ...args: string[]) => {
  const file = from.write(`message-${number}.org`, messageText({}, `Number ${number}.\n`))
  return from.run('send', ['velox.bob', file, '--retries', '1', ...args], {
    cwd: '/tmp',
    env: { ...home.env, HOME: from.path },
  })
}
const messages = () => readdirSync(inbox).filter((name) => name.endsWith('.org'))
const bodies = () =>
  messages().map((name) => readFileSync(join(inbox, name), 'utf8').trimEnd().split('\n').at(-1))
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

const SENDS = isLong ? 8 : 3

describe.each(sample(commands, 1))('B33 a peer that runs rsync only, by %s', (command) => {
  beforeAll(() => writeFileSync(keysFile, `command="${command}",restrict ${key}`))

  it('many sends of one conversation at once: as many messages, every signature fits', LONGER, async () => {
    const sent = await Promise.all(numbers(SENDS).map((number) => send(home, number)))
    expect(sent.map(({ exitCode, stderr }) => `${exitCode} ${stderr}`)).toEqual(Array(SENDS).fill('0 '))
    expect(bodies().sort()).toEqual(numbers(SENDS).map((number) => `Number ${number}.`))
    for (const name of messages()) {
      const decided = await home.run('recv', [join(inbox, name)])
      expect(decided.exitCode, decided.stdout).toBe(0)
    }
    expect(sent.map(({ stdout }) => stdout.slice(stdout.lastIndexOf('/') + 1, -1)).sort()).toEqual(
      messages().sort(),
    )
    expect(readdirSync(claims)).toEqual([])
  })

  itLong('two users at once: no message is overwritten, none has a signature of another', async () => {
    const other = new Home()
    other.write(
      '.config/cross-agent-comms/peers.toml',
      readFileSync(join(home.path, '.config/cross-agent-comms/peers.toml')),
    )
    const sent = await Promise.all(numbers(6).map((number) => send(number % 2 === 0 ? home : other, number)))
    other.remove()
    expect(sent.map(({ exitCode, stderr }) => `${exitCode} ${stderr}`)).toEqual(Array(6).fill('0 '))
    expect(bodies().sort()).toEqual(numbers(6).map((number) => `Number ${number}.`))
    for (const name of messages())
      expect(await home.run('recv', [join(inbox, name)])).toMatchObject({ exitCode: 0 })
  })

  itLong('a connection that breaks when all has arrived: one message, not two', async () => {
    const mark = join(home.path, 'broken')
    home.stub('rsync', `/usr/bin/rsync "$@" || exit; [ -e "${mark}" ] || { : > "${mark}"; exit 12; }`)
    const sent = await send(home, 1, '--no-sign')
    rmSync(join(home.path, 'programs/rsync'))
    rmSync(mark)
    expect(sent.exitCode, sent.stderr).toBe(0)
    // The retry asks anew; what it finds there under its own name is its own.
    expect(bodies()).toEqual(['Number 1.'])
  })

  itLong('a claim that a killed sender left is removed after a day', async () => {
    mkdirSync(claims, { recursive: true })
    const stale = join(claims, '0'.repeat(64))
    writeFileSync(stale, '')
    utimesSync(stale, 1, 1)
    expect(await send(home, 1, '--no-sign')).toMatchObject({ exitCode: 0 })
    expect(readdirSync(claims)).toEqual([])
  })
})

describe.runIf(existsSync(RRSYNC))('B62 the usual inbox behind rrsync, which expands no ~', () => {
  const peersFile = join(home.path, '.config/cross-agent-comms/peers.toml')
  const placed = () => readFileSync(peersFile, 'utf8')
  const project = `o'd (touch x) ü`
  const usual = velox.home.inbox('alder')
  const odd = velox.home.inbox(project)
  beforeEach(() => {
    writeFileSync(keysFile, `command="${RRSYNC} -wo -no-lock ${velox.home.path}",restrict ${key}`)
    for (const folder of [usual, odd]) mkdirSync(folder, { recursive: true })
  })
  afterEach(() => {
    for (const folder of [usual, odd]) rmSync(folder, { recursive: true })
  })
  const sendTo = (destination: string, number: number) => {
    const file = home.write(`message-${number}.org`, messageText({}, `Number ${number}.\n`))
    return home.run('send', [destination, file, '--retries', '0'], { cwd: '/tmp' })
  }

  itLong('gets messages, several of one conversation too', async () => {
    expect(placed()).not.toContain('[projects.alder]')
    const sent = await Promise.all(numbers(3).map((number) => sendTo('velox.alder', number)))
    expect(sent.map(({ exitCode, stderr }) => `${exitCode} ${stderr}`)).toEqual(Array(3).fill('0 '))
    const names = readdirSync(usual).filter((name) => name.endsWith('.org'))
    expect(names).toHaveLength(3)
    for (const name of names)
      expect(await home.run('recv', [join(usual, name)])).toMatchObject({ exitCode: 0 })
    expect(existsSync(join(velox.home.path, '~'))).toBe(false)
  })

  it('B49 of a project whose name holds other characters, too', async () => {
    expect(await sendTo(`velox.${project}`, 1)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(readdirSync(odd)).toHaveLength(2)
  })
})
