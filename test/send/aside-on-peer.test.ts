import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { itLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedFleet } from '../support/own-home'

const fleet = sharedFleet(['velox'], 183)
const { home } = fleet
const velox = fleet.machine('velox')
const inbox = velox.home.inbox('bob')
const aside = join(inbox, 'aside')
const outbox = join(home.path, '.local/state/cross-agent-comms/outbox')
const options = { cwd: join(home.path, 'projects/mill') }

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const { path } of [home, velox.home])
    for (const folder of ['projects', '.local']) rmSync(join(path, folder), { recursive: true, force: true })
  mkdirSync(aside, { recursive: true })
  mkdirSync(home.inbox('mill'), { recursive: true })
})

describe('C22 a message that a peer put aside', () => {
  it('is shown as such by --sent', async () => {
    const name = '20260427T050000Z-from-mill-talk.org'
    writeFileSync(join(aside, name), messageText({ CONVERSATION_ID: 'talk' }))
    const { stdout } = await home.run('status', ['--sent', '--json'], options)
    const [message] = JSON.parse(stdout).sent
    expect(message).toMatchObject({ to: 'velox.bob', filename: name, stage: 'aside' })
    expect(message.since).toMatch(/^\d{4}-/)
  })

  itLong('is not sent again, though the sender never heard that it had arrived', async () => {
    velox.stop()
    const file = home.write('projects/mill/message.org', messageText())
    const sent = await home.run('send', ['velox.bob', file, '--retries', '0'], options)
    velox.start()
    expect(sent).toMatchObject({ exitCode: 3 })
    const kept = join(outbox, readdirSync(outbox)[0] ?? '')
    const files = readdirSync(kept).filter((name) => name !== 'entry.json')
    for (const name of files) writeFileSync(join(aside, name), readFileSync(join(kept, name)))
    expect(await home.run('send', ['--retry-failed'], options)).toMatchObject({ exitCode: 0 })
    expect(readdirSync(inbox)).toEqual(['aside'])
    expect(readdirSync(aside)).toEqual(files.sort())
    expect(readdirSync(outbox)).toEqual([])
  })
})
