import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
const at = (project: string) => join(home.path, 'projects', project)
const compose = (destination: string, project: string) =>
  home.run('send', [destination, '-m', 'Hello', '--dry-run'], { cwd: at(project) })

beforeAll(() => {
  home.makeKeyring()
  home.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\nhost = "velox.invalid"\n')
  for (const project of ['mill', 'odd.', 'bakery/oven']) mkdirSync(at(project), { recursive: true })
})

describe('B67 FROM and TO that are made', () => {
  it('FROM is left out, and told of, where no receiver would read it', async () => {
    const { exitCode, stdout, stderr } = await compose('mill', 'odd.')
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`#+TO: ${home.machine}.mill\n`)
    expect(stdout).not.toContain('#+FROM')
    expect(stderr).toContain(
      `warning: FROM left out: ${home.machine}.odd. is not a plain <machine>.<project>`,
    )
  })

  it('so is TO', async () => {
    const { exitCode, stdout, stderr } = await compose('local.odd.', 'mill')
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`#+FROM: ${home.machine}.mill\n`)
    expect(stdout).not.toContain('#+TO')
    expect(stderr).toContain('warning: TO left out: ')
  })

  it.each(['velox.bakery/oven', 'local.bakery/oven'])('%s is no project', async (destination) => {
    const { exitCode, stdout } = await compose(destination, 'mill')
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
  })
})
