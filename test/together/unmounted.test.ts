import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

describe('B36 where the configuration is a link to a file system that is not mounted', () => {
  const home = sharedHome()
  const message = home.write('projects/bob/inbox/from-agents/m.org', messageText())
  beforeAll(() => {
    home.stub('systemctl', 'exit 0')
    mkdirSync(join(home.path, '.config'))
    symlinkSync('/mnt/not/mounted', join(home.path, '.config/cross-agent-comms'))
  })

  it.each(
    sample(
      [
        ['send', ['local.bob', message]],
        ['recv', [message]],
      ],
      1,
    ),
  )('%s does nothing', async (command, args) => {
    expect(await home.run(command, args)).toMatchObject({
      exitCode: 5,
      stdout: '',
      stderr: expect.stringMatching(/^halt active \(HALT file present but unreadable; treated as halted\)\n/),
    })
  })
  it.each(['status', 'discover'])('%s says so', async (command) => {
    expect(await home.run(command, [])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('HALT ACTIVE'),
    })
  })
  it.each(['halt', 'resume'])('%s fails, in one line and what to do', async (command) => {
    const failed = await home.run(command, command === 'halt' ? ['stop'] : [])
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^[^\n]*\/HALT: E[^\n]+\n[^\n]+\n$|^could not remove HALT: E[^\n]+\n[^\n]+\n$/,
      ),
    })
    expect(failed.stdout).not.toContain('✓')
  })
})
