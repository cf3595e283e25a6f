import {
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
const state = join(home.path, '.local/state/cross-agent-comms')
const session = `claude-${'0123456789abcdef'.repeat(2)}`
const long = new Date(Date.now() - 40 * 24 * 60 * 60 * 1000)

beforeAll(() => home.makeKey())
afterEach(() => {
  for (const name of ['.local', 'projects', 'elsewhere'])
    rmSync(join(home.path, name), { recursive: true, force: true })
})

/** Makes a file that was left long ago, in a folder of that age. */
function leave(path: string): void {
  const file = home.write(path, '')
  for (const each of [file, join(file, '..')]) utimesSync(each, long, long)
}

const send = () => home.run('send', ['local.bob', home.write('message.org', messageText()), '--no-sign'])

/** A hook in a session that is new; whether it told of the message. */
async function hook(): Promise<boolean> {
  const input = {
    session_id: String(Math.random()),
    hook_event_name: 'Stop',
    cwd: `${home.path}/projects/bob`,
  }
  const file = home.write('input.json', JSON.stringify(input))
  const bin = `node "$1" --hook claude < "$2"`
  const { binOf } = await import('../../scripts/project.mjs')
  const told = await home.exec('sh', ['-c', bin, 'sh', binOf('watch'), file])
  expect(told, told.stderr).toMatchObject({ stderr: '' })
  return told.stdout !== ''
}

describe('B48 what hooks were told of long ago is cleared away', () => {
  const made = () => readdirSync(join(state, 'sessions')).filter((name) => /^(claude|project)-/.test(name))
  const sendSigned = () => home.run('send', ['local.bob', home.write('message.org', messageText())])

  it('only where the folder is ours throughout', async () => {
    await sendSigned()
    for (const name of ['waiter', 'f'.repeat(32)])
      leave(`.local/state/cross-agent-comms/sessions/${session}/${name}`)
    leave(`.local/state/cross-agent-comms/sessions/claude-${'a'.repeat(32)}/photo.jpg`)
    leave('.local/state/cross-agent-comms/sessions/photos/a.jpg')
    expect(await hook()).toBe(true)
    const left = readdirSync(join(state, 'sessions'))
    expect(left).toContain('photos')
    expect(left).toContain(`claude-${'a'.repeat(32)}`)
    expect(left).not.toContain(session)
    expect(left).toHaveLength(3)
  })

  it.each(sample(['sessions', '.', '..'], 1))(
    'nothing through a link at %s, and the hook tells all the same',
    async (at) => {
      await sendSigned()
      leave(`.local/state/cross-agent-comms/sessions/${session}/waiter`)
      mkdirSync(join(state, 'sessions/photos'))
      utimesSync(join(state, 'sessions/photos'), long, long)
      const place = join(state, at)
      renameSync(place, join(home.path, 'elsewhere'))
      symlinkSync(join(home.path, 'elsewhere'), place)
      expect(await hook()).toBe(true)
      expect(made()).toContain(session)
      expect(made()).toHaveLength(2)
      expect(readdirSync(join(state, 'sessions'))).toContain('photos')
    },
  )

  itLong('nothing that is a link', async () => {
    await sendSigned()
    mkdirSync(join(state, 'sessions'), { recursive: true })
    mkdirSync(join(home.path, 'elsewhere'))
    leave(`elsewhere/${'f'.repeat(32)}`)
    symlinkSync(join(home.path, 'elsewhere'), join(state, 'sessions', session))
    lutimesSync(join(state, 'sessions', session), long, long)
    expect(await hook()).toBe(true)
    expect(readdirSync(join(home.path, 'elsewhere'))).toHaveLength(1)
    expect(made()).toContain(session)
  })
})

describe('B48 send clears away its temp files', () => {
  const inbox = 'projects/bob/inbox/from-agents'
  const names = ['.tmp.1a-2b-0', '.tmp.20260101T000000Z-from-a-b.org.abcd_123']
  const others = ['.tmp.mine', '.tmp.1a-2b', '.tmp.1a-2b-0.org', '.tmp.notes.org.abcdefgh']

  it('of the whole form of their names, and nothing else', async () => {
    for (const name of [...names, ...others]) leave(`${inbox}/${name}`)
    mkdirSync(join(home.path, inbox, '.tmp.1a-2b-1'))
    utimesSync(join(home.path, inbox, '.tmp.1a-2b-1'), long, long)
    writeFileSync(join(home.path, inbox, '.tmp.1a-2b-2'), 'young')
    expect(await send()).toMatchObject({ exitCode: 0, stderr: '' })
    const left = readdirSync(join(home.path, inbox)).filter((name) => name.startsWith('.'))
    expect(left.sort()).toEqual([...others, '.tmp.1a-2b-1', '.tmp.1a-2b-2'].sort())
  })

  it('none through a link of the project, where the message arrives all the same', async () => {
    for (const name of names) leave(`elsewhere/${name}`)
    mkdirSync(join(home.path, 'projects/bob/inbox'), { recursive: true })
    symlinkSync(join(home.path, 'elsewhere'), join(home.path, inbox))
    expect(await send()).toMatchObject({ exitCode: 0, stderr: '' })
    for (const name of names) expect(existsSync(join(home.path, 'elsewhere', name))).toBe(true)
    expect(readdirSync(join(home.path, 'elsewhere'))).toHaveLength(3)
  })
})
