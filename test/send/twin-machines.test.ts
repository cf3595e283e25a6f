import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { faultsOf } from '../support/doctor'
import { putSigned } from '../support/inbox'
import { itLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
const NAME = '20260101T000000Z-from-mill-talk.org'
const peers = (name: string) =>
  home.write('.config/cross-agent-comms/peers.toml', `[peers.${name}]\nhost = "velox.invalid"\n`)
const send = (...args: string[]) =>
  home.run('send', [...args, '-m', 'Hello', '--no-sign'], { cwd: join(home.path, 'projects/bakery') })

beforeAll(async () => {
  await home.makeKey()
  for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
})

describe('B54 two machines of one name', () => {
  it('an answer to the other one is asked about, and goes to no project here', async () => {
    peers('velox')
    const fields = { FROM: `${home.machine}.mill`, TO: 'velox.bakery' }
    const path = await putSigned(home, 'bakery', NAME, messageText(fields))
    const { exitCode, stderr } = await send('--reply-to', path)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`another machine is called ${home.machine}, as this one is`)
    expect(stderr).toContain('name it before the message: ')
    expect(readdirSync(home.inbox('mill'))).toEqual([])
    expect((await send('--reply-to', path, 'local.mill')).exitCode).toBe(0)
  })

  itLong('send refuses a peer of this name; the doctor tells of it', async () => {
    peers(home.machine)
    const refused = await send(`${home.machine}.mill`)
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain(`[peers.${home.machine}] in peers.toml has the name of this machine`)
    expect(refused.stderr).toContain('local.mill')
    expect((await send('local.mill')).exitCode).toBe(0)
    const said = (await faultsOf(home)).map((fault) => fault.said)
    expect(said.join()).toContain(`peers.${home.machine} has the name of this machine`)
  })
})
