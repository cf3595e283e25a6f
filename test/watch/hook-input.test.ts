import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { Home, outcomeOf } from '../support/home'

it('B71 a hook whose input does not end sees HALT', async () => {
  const home = new Home()
  const child = spawn(process.execPath, [binOf('watch'), '--hook', 'claude'], {
    cwd: home.path,
    env: home.env,
  })
  // More than a pipe holds: once all of it is taken, the hook reads.
  await new Promise((resolve) => child.stdin.write(' '.repeat(300_000), resolve))
  home.write('.config/cross-agent-comms/HALT', 'stop')
  expect(await outcomeOf(child)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
  home.remove()
})
