import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binOf, root } from '../../scripts/project.mjs'
import { Fleet, type Machine } from '../support/machines'
import { messageText } from '../support/message'
import { codeBlocks } from '../support/readme'

const PEERS = '.config/cross-agent-comms/peers.toml'
const [peers = ''] = codeBlocks('README.md')
  .filter(({ language }) => language === 'toml')
  .map(({ text }) => text)
const [, example = ''] =
  /^\| `cross-agent-send` \| .* \| `(.*)` \|$/m.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []

it('C30 the README names the line that adds the machine', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, line = ''] = /`(cross-agent-discover --add [^`]*)`/.exec(readme) ?? []
  expect(peers).toContain(`host = "${line.split(' ').at(-1)}"`)
})

describe('the peers.toml of the README', () => {
  let fleet: Fleet
  let velox: Machine
  let fingerprint: string
  const received = (home: string) => {
    const inbox = join(home, 'work/career/inbox')
    return readdirSync(inbox).map((name) => join(inbox, name))
  }
  beforeAll(async () => {
    fleet = new Fleet(['velox.local'], 182).start()
    velox = fleet.machine('velox.local')
    await fleet.home.makeKey()
    const { stdout } = await fleet.home.exec('gpg', ['--list-secret-keys', '--with-colons'])
    fingerprint = /^fpr:+([0-9A-F]{40}):$/m.exec(stdout)?.[1] ?? ''
    // The user of the test, and its key: all else as it stands there.
    const ours = peers.replace('"me"', '"root"').replace(/\b[0-9A-F]{40}\b/, fingerprint)
    expect(ours).toContain(`signers = ["${fingerprint}"]`)
    fleet.home.write(PEERS, ours)
    fleet.home.write('message.org', messageText())
    for (const home of [fleet.home, velox.home]) {
      mkdirSync(join(home.path, 'work/career'), { recursive: true })
      mkdirSync(join(home.path, 'code/ledger/.ai'), { recursive: true })
    }
    fleet.home.stub('cross-agent-send', `exec '${process.execPath}' '${binOf('send')}' "$@"`)
  })
  afterAll(() => fleet.remove())

  it('B10 leads to the machine and to the inbox that it names', async () => {
    const sent = await fleet.home.exec('sh', ['-c', example])
    expect(sent, sent.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^sent: root@velox\.local:~\/work\/career\/inbox\//),
    })
    expect(received(velox.home.path)).toHaveLength(2)
  })
  it('C16 finds projects in both folders', async () => {
    const { stdout } = await fleet.home.run('discover', ['--json', '--no-cache'])
    expect(JSON.parse(stdout)).toMatchObject({
      local: ['ledger'],
      peers: [expect.objectContaining({ name: 'velox', reachable: true })],
    })
  })
  it('C1 accepts the key that it names, and no other', async () => {
    expect(await fleet.home.exec('sh', ['-c', example.replace('velox.', 'local.')])).toMatchObject({
      exitCode: 0,
    })
    const [message = ''] = received(fleet.home.path).filter((path) => path.endsWith('.org'))
    expect(await fleet.home.run('recv', [message])).toMatchObject({ exitCode: 0 })
    fleet.home.write(PEERS, peers)
    expect(await fleet.home.run('recv', [message])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/not trusted|trust/),
    })
  })
})

describe('a recipe with another machine', () => {
  let fleet: Fleet
  let velox: Machine
  beforeAll(async () => {
    fleet = new Fleet(['velox.local'], 199).start()
    velox = fleet.machine('velox.local')
    mkdirSync(join(velox.home.path, 'projects/bakery'), { recursive: true })
    await fleet.home.makeKey()
    fleet.home.stub('cross-agent-send', `exec '${process.execPath}' '${binOf('send')}' "$@"`)
  })
  afterAll(() => fleet.remove())

  it('writes from a CI job', async () => {
    const job = fleet.home
    const { stdout: key } = await job.exec('gpg', ['--armor', '--export-secret-keys'])
    const [lines = ''] = codeBlocks('docs/recipes.md')
      .filter(({ section }) => section === 'Write from a CI job')
      .map(({ text }) => text)
    const env = { AGENT_KEY: job.write('key.asc', key), BUILD_URL: 'https://ci.example/7', USER: 'root' }
    const done = await job.exec('sh', ['-ec', lines], { cwd: job.path, env })
    expect(done, done.stderr).toMatchObject({ exitCode: 0 })
    const inbox = velox.home.inbox('bakery')
    const [name = ''] = readdirSync(inbox).filter((one) => one.endsWith('.org'))
    expect(readFileSync(join(inbox, name), 'utf8')).toMatch(/^#\+FROM: .*\.ci$/m)
  })
})
