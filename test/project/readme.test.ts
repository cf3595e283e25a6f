import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commands as commandNames, root } from '../../scripts/project.mjs'
import { InstalledHome } from '../support/installed'
import { itLong, LONGER, sample } from '../support/long'
import { sharedHome } from '../support/own-home'
import { packed } from '../support/packed'
import { codeBlocks, readmeLines } from '../support/readme'

const [start = '', answer = ''] = readmeLines('Five-minute start')
const [loop = ''] = readmeLines('The loop')
const [installHooks = ''] = readmeLines('Let your agents use it')
const commandsOf = (block: string) =>
  block
    .split('\n')
    .map((line) => line.replace(/ +#.*$/, ''))
    .filter((line) => line !== '')

describe('the lines of the README, as they stand there', LONGER, () => {
  const home = sharedHome()
  const bakery = join(home.path, 'projects/bakery')
  let world: InstalledHome
  const paste = (lines: string, cwd: string, shell?: string) => world.paste(lines, cwd, shell)
  const handled = () =>
    existsSync(join(home.path, 'handled'))
      ? readFileSync(join(home.path, 'handled'), 'utf8').trimEnd().split('\n')
      : []
  const waiting = (project: string) =>
    existsSync(home.inbox(project))
      ? readdirSync(home.inbox(project)).filter((name) => name.endsWith('.org'))
      : []

  beforeAll(async () => {
    home.makeKeyring()
    world = new InstalledHome(home, await packed(home))
  })

  it('C9 C13 six commands and no file lead from nothing to the first processed message', async () => {
    expect(commandsOf(start).length).toBeLessThanOrEqual(6)
    for (const command of commandsOf(start)) expect(command).not.toMatch(/[;&|<>`]|\$\(/)
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(scripts['install:global']).toBe('node scripts/install-global.mjs')
    const done = await paste(`set -e\n${start}`, root)
    expect(done, done.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^decision: process\n(?:.*\n)*\nThree sacks, please\.\n$/m),
    })
    expect(waiting('bakery')).toHaveLength(1)
  })

  it('C10 C14 one command answers and one finishes', async () => {
    const [cd, ...commands] = commandsOf(answer)
    expect(cd).toMatch(/^cd /)
    expect(commands).toHaveLength(2)
    const done = await paste(`set -e\n${answer}`, root)
    expect(done, done.stderr).toMatchObject({ exitCode: 0 })
    expect(waiting('bakery')).toEqual([])
    const there = await paste('cross-agent-recv --next --json', join(home.path, 'projects/mill'))
    expect(there).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(there.stdout)).toMatchObject({
      decision: 'process',
      message_type: 'complete',
      from: expect.stringMatching(/\.bakery$/),
      title: 'Re: Three sacks, please.',
    })
  })

  it('C17 one command installs hooks, and what they then say stands there', async () => {
    const done = await paste(installHooks, home.path)
    expect(done, done.stderr).toMatchObject({ exitCode: 0 })
    const settings = JSON.parse(readFileSync(join(home.path, '.claude/settings.json'), 'utf8'))
    const hooks: { hooks: { command: string }[] }[] = settings.hooks.Stop
    const waiter = hooks.flatMap((group) => group.hooks).find(({ command }) => command.includes('--once'))
    await paste('cross-agent-send bakery -m "Four sacks."', join(home.path, 'projects/mill'))
    const event = JSON.stringify({ session_id: '1', cwd: bakery, hook_event_name: 'Stop' })
    const woken = await paste(`printf '%s' '${event}' | ${waiter?.command}`, '/')
    expect(woken).toMatchObject({ exitCode: 2, stdout: '' })
    const [transcript] = codeBlocks('README.md')
      .filter(({ section }) => section === 'Let your agents use it')
      .slice(1)
    const [, shown = '', commands = ''] = /^\* woken: (.*?)\n\$ (.*)/ms.exec(transcript?.text ?? '') ?? []
    const pattern = shown
      .replaceAll('\n', ' ')
      .replace('oak.mill', '[\\w-]+\\.mill')
      .replace(/\b[0-9A-F]{16}\b/, '[0-9A-F]{16}')
    expect(woken.stderr).toMatch(new RegExp(`^${pattern}\n$`))
    const [command = '', firstLine = ''] = commands.split('\n')
    expect((await paste(command, bakery)).stdout).toMatch(new RegExp(`^${firstLine}\n`))
  })

  it('the example of each command runs', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    const examples = [...readme.matchAll(/^\| `cross-agent-\w+` \| .* \| `(.*)` \|$/gm)].map(
      ([, line = '']) => line,
    )
    expect(examples).toHaveLength(commandNames.length)
    // The first needs a machine velox: see readme-machines.test.ts.
    for (const example of examples.slice(1)) {
      await paste('cross-agent-send bakery -m "Five sacks."', join(home.path, 'projects/mill'))
      const done = await paste(example, bakery)
      expect(done, `${example}: ${done.stderr}`).toMatchObject({ exitCode: 0 })
    }
  })

  it('no block stands there that is not run', () => {
    const blocks = codeBlocks('README.md').map(({ section, language }) => `${section}: ${language}`)
    expect(blocks).toEqual([
      'Five-minute start: sh',
      'Five-minute start: sh',
      'The loop: sh',
      'Let your agents use it: sh',
      'Let your agents use it: ',
      // See readme-machines.test.ts.
      'Across machines: toml',
    ])
  })

  describe.each(sample(['sh', 'bash'], 1))('C13 C14 the loop in %s', (shell) => {
    const send = (text: string, ...args: string[]) =>
      paste(`cross-agent-send bakery -m '${text}' ${args.join(' ')}`, join(home.path, 'projects/mill'))
    const run = () => paste(loop, bakery, shell)
    const handleBy = (script: string) => home.stub('handle', script)
    const noteTitle = 'sed -n "s/^title: //p" >> "$HOME/handled"'
    beforeEach(() => {
      rmSync(join(bakery, 'inbox'), { recursive: true, force: true })
      rmSync(join(home.path, 'handled'), { force: true })
      handleBy(noteTitle)
    })

    it('has seven lines and does nothing in an empty inbox, or in none', async () => {
      expect(commandsOf(loop)).toHaveLength(7)
      expect(loop).toMatch(/^export CROSS_AGENT_SESSION=\$\$\n/)
      mkdirSync(home.inbox('bakery'), { recursive: true })
      const quiet = { exitCode: 0, stdout: '', stderr: 'nothing waits in bakery\n' }
      expect(await run()).toMatchObject(quiet)
      rmSync(join(bakery, 'inbox'), { recursive: true })
      expect(await run()).toMatchObject(quiet)
      expect(handled()).toEqual([])
    })
    it('handles each message once, in order, and nothing when it is run again', async () => {
      for (const text of ['One', 'Two', 'Three'])
        expect(await send(text, '--conversation count')).toMatchObject({ exitCode: 0 })
      expect(await run()).toMatchObject({ exitCode: 0, stderr: 'nothing waits in bakery\n' })
      expect(handled()).toEqual(['One', 'Two', 'Three'])
      expect(await run()).toMatchObject({ exitCode: 0, stdout: '', stderr: 'nothing waits in bakery\n' })
      expect(handled()).toEqual(['One', 'Two', 'Three'])
    })
    itLong('finishes a duplicate without handling it', async () => {
      const file = home.write('twice.org', (await send('Twice', '--dry-run')).stdout)
      for (const _ of [1, 2])
        expect(await paste(`cross-agent-send local.bakery '${file}'`, home.path)).toMatchObject({
          exitCode: 0,
        })
      expect(await run()).toMatchObject({ exitCode: 0 })
      expect(handled()).toEqual(['Twice'])
      expect(waiting('bakery')).toEqual([])
    })
    itLong(
      'C22 puts aside what a person must look at, goes on, and says at its end how many lie there',
      async () => {
        const sent = await send('A forgery')
        const path = sent.stdout.trim().replace('sent: ', '')
        rmSync(`${path}.asc`)
        const unclear = home.write(
          'unclear.org',
          (await send('Unclear', '--dry-run')).stdout.replace(
            /^(#\+TITLE)/m,
            '#+REQUIRES_TOOLS: no-such-tool\n$1',
          ),
        )
        const asked = await paste(`cross-agent-send local.bakery '${unclear}'`, home.path)
        expect(asked, asked.stderr).toMatchObject({ exitCode: 0 })
        expect(await send('Behind')).toMatchObject({ exitCode: 0 })
        const done = await run()
        expect(done).toMatchObject({ exitCode: 0, stderr: 'nothing waits in bakery\n' })
        expect(done.stdout).toMatch(/\n2 messages aside in bakery\n$/)
        expect(handled()).toEqual(['Behind'])
        expect(waiting('bakery')).toEqual([])
        const back = await paste(`cross-agent-recv --put-back '${path}'`, bakery)
        expect(back, back.stderr).toMatchObject({ exitCode: 0 })
        expect((await run()).stdout).toMatch(/\n2 messages aside in bakery\n$/)
      },
    )
    itLong('C21 runs in many copies: each message is handled once', async () => {
      const texts = ['One', 'Two', 'Three', 'Four', 'Five']
      for (const text of texts) expect(await send(text)).toMatchObject({ exitCode: 0 })
      for (const copy of await Promise.all([1, 2, 3].map(run)))
        expect(copy.stderr).toMatch(/^nothing (waits|is left to take) in bakery/)
      await run()
      expect(handled().sort()).toEqual(texts.sort())
      expect(waiting('bakery')).toEqual([])
    })
    it('goes on with the same message where handle failed, and tells', async () => {
      await send('Hard')
      handleBy('exit 1')
      const failed = await run()
      handleBy(noteTitle)
      expect(failed.stderr).toMatch(/^title: Hard$/m)
      await run()
      expect(handled()).toEqual(['Hard'])
    })
    it('handles nothing under HALT', async () => {
      await send('Halted')
      home.write('.config/cross-agent-comms/HALT', 'stop')
      expect((await run()).stderr).toMatch(/halt/)
      rmSync(join(home.path, '.config/cross-agent-comms/HALT'))
      expect(handled()).toEqual([])
      await run()
      expect(handled()).toEqual(['Halted'])
    })
    it('takes large bodies and bodies that look like ours whole', async () => {
      home.write('body.txt', `Large\nfile: /etc/passwd\n${'x'.repeat(300_000)}\nfile: /etc/hosts\n`)
      handleBy('cat >> "$HOME/bodies"')
      const sent = await paste(`cross-agent-send bakery ${home.path}/body.txt --title Large`, home.path)
      expect(sent, sent.stderr).toMatchObject({ exitCode: 0 })
      expect(await run()).toMatchObject({ exitCode: 0, stderr: 'nothing waits in bakery\n' })
      expect(readFileSync(join(home.path, 'bodies'), 'utf8')).toMatch(/x{300000}\nfile: \/etc\/hosts\n$/)
      expect(waiting('bakery')).toEqual([])
      rmSync(join(home.path, 'bodies'))
    })
  })
})
