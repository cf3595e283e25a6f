import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { binOf, commands } from '../../scripts/project.mjs'
import { InstalledHome } from '../support/installed'
import { isLong, itLong, LONGER, sampleOfEach } from '../support/long'
import { sharedHome } from '../support/own-home'
import { packed } from '../support/packed'
import { has } from '../support/programs'
import { codeBlocks } from '../support/readme'

const home = sharedHome()
let world: InstalledHome
const mill = join(home.path, 'projects/mill')
const bakery = join(home.path, 'projects/bakery')
const HALT = join(home.path, '.config/cross-agent-comms/HALT')

beforeAll(async () => {
  await home.makeKey()
  world = new InstalledHome(home, isLong ? await packed(home) : '')
  for (const project of [mill, bakery]) mkdirSync(project, { recursive: true })
  // The systemd of whoever runs the tests must not be touched; test/watch/systemd.test.ts has a real one.
  home.stub('systemctl', 'exit 0')
  home.write('projects/mill/report.txt', 'All is well.\n')
  home.write('projects/bakery/handle', '#!/bin/sh\ntest -f "$1"\n', 0o755)
})

const isShell = ({ language }: { language: string }) => ['sh', 'fish'].includes(language)
/** As pasted, but the first line that fails ends it. */
const run = ({ language, text }: { language: string; text: string }, cwd: string) =>
  language === 'sh' ? world.paste(`set -eo pipefail\n${text}`, cwd, 'bash') : world.paste(text, cwd, language)

describe.runIf(isLong)('the lines of docs/install.md, in their order', LONGER, () => {
  const clone = join(home.path, 'clone')
  const blocks = codeBlocks('docs/install.md').filter(isShell)
  beforeAll(() => {
    mkdirSync(clone)
    home.write('.config/fish/config.fish', '')
  })

  it.for(blocks)('$section: $text', async (block, context) => {
    if (!has(block.language)) return context.skip()
    const done = await run(block, clone)
    expect(done, done.stderr).toMatchObject({ exitCode: 0 })
    expect(done.stderr).not.toMatch(/npm (warn|error)/)
  })
  it('are all that there are', () => {
    expect(blocks).toHaveLength(codeBlocks('docs/install.md').length)
    expect(blocks.length).toBeGreaterThan(6)
  })
  it('leave nothing in the folder of npm', () => {
    expect(readdirSync(join(world.prefix, 'bin'))).toEqual([])
  })
})

describe('the examples', () => {
  beforeAll(async () => {
    for (const command of commands) symlinkSync(binOf(command), join(home.programs, `cross-agent-${command}`))
    mkdirSync(join(home.path, 'code'))
  })

  const blocks = commands.flatMap((command) => codeBlocks(`packages/${command}/${command}.md`))
  // A block of text shows what a command prints.
  it.for(
    sampleOfEach(
      blocks.filter(({ language }) => language !== 'text'),
      ({ document }) => document,
    ),
  )('of $document: $text', LONGER, async (block, context) => {
    expect(block.language).toBe('sh')
    if (block.text.includes('| jq ') && !has('jq')) return context.skip()
    rmSync(HALT, { force: true })
    await world.paste('cross-agent-send bakery -m "Three sacks, please."', mill)
    if (block.document.includes('resume')) home.write('.config/cross-agent-comms/HALT', 'a reason\n')
    const done = await run(block, block.text.startsWith('cross-agent-send') ? mill : bakery)
    expect(done, done.stderr).toMatchObject({ exitCode: 0 })
    expect(existsSync(HALT)).toBe(block.document.includes('halt'))
  })

  itLong('of docs/agents.md, with the file that recv named', async () => {
    rmSync(HALT, { force: true })
    await world.paste('cross-agent-send bakery -m "Three sacks, please."', mill)
    const [block] = codeBlocks('docs/agents.md')
    const [next = '', ...rest] = block?.text.trimEnd().split('\n') ?? []
    const { stdout } = await world.paste(next, bakery)
    const [, file] = /^file: (.*)$/m.exec(stdout) ?? []
    for (const line of rest) {
      const done = await world.paste(line.replace('FILE', `'${file}'`), bakery)
      expect(done, `${line}: ${done.stderr}`).toMatchObject({ exitCode: 0 })
    }
  })
})
