import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { itLong } from '../support/long'
import { Fleet, type Machine } from '../support/machines'
import { hasRoot } from '../support/root'

/** How many messages are sent, and the power cut after each. */
const MESSAGES = 3

// What lies on the device at that moment is what a power failure leaves: no page of memory is in it.
describe.runIf(hasRoot)('C20 a peer whose power fails right after "sent:"', () => {
  let fleet: Fleet
  let velox: Machine
  let projects: string
  let device: string
  let snapshot: string
  const call = (program: string, ...args: string[]) => {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
    expect(status, `${program} ${args.join(' ')}: ${stderr}`).toBe(0)
  }

  beforeAll(async () => {
    fleet = new Fleet(['velox'], 145).start()
    velox = fleet.machine('velox')
    projects = join(velox.home.path, 'projects')
    device = join(fleet.home.path, 'device')
    snapshot = join(fleet.home.path, 'snapshot')
    await fleet.home.makeKey()
    call('truncate', '--size=64M', device)
    call('mkfs.ext4', '-q', '-F', device)
    call('mount', '-o', 'loop', device, projects)
    mkdirSync(velox.home.inbox('bakery'), { recursive: true })
    mkdirSync(join(fleet.home.path, 'after'))
  })
  afterAll(() => {
    spawnSync('umount', [projects])
    fleet.remove()
  })

  itLong('has message and signature, each time', async () => {
    const after = join(fleet.home.path, 'after')
    for (let number = 0; number < MESSAGES; number++) {
      const sent = await fleet.home.run('send', ['velox.bakery', '-m', `Message ${number}.`])
      copyFileSync(device, snapshot)
      expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
      const name = sent.stdout.trimEnd().split('/').at(-1) ?? ''
      call('mount', '-o', 'loop', snapshot, after)
      try {
        const file = join(after, 'bakery/inbox/from-agents', name)
        expect(existsSync(file)).toBe(true)
        const { env } = fleet.home
        expect(spawnSync('gpg', ['--verify', `${file}.asc`, file], { env }).status).toBe(0)
      } finally {
        call('umount', after)
      }
    }
  })
})
