import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { allOptions, readCommandLine } from '@cac/core/command/command-line'
import { helpText } from '@cac/core/command/help'
import { describe, expect, it } from 'vitest'
import { readShellFlags } from '../../packages/watch/src/shell-flags'
import { binOf, commands, root } from '../../scripts/project.mjs'
import { sharedHome } from '../support/own-home'
import { has } from '../support/programs'
import { tables } from '../support/tables'

const home = sharedHome()

const commandOf = (name: string) => name.replace('cross-agent-', '')
const built = (name: string, file: string) => join(dirname(binOf(commandOf(name))), file)
const read = (name: string, file: string) => readFileSync(built(name, file), 'utf8')

it('C8 there is a table for each command', () => {
  expect(tables.map(({ name }) => commandOf(name))).toEqual(commands)
})

describe.each(tables)('$name', (table) => {
  const { name } = table
  const command = commandOf(name)
  const flags = allOptions(table).map(([flag]) => `--${flag}`)
  const words = (text: string) => new Set(text.replaceAll('\\', '').match(/--[a-z][a-z-]*/g))

  it('C8 every flag is in --help, man page, document and completion', async () => {
    const fish = read(name, 'completion/cross-agent.fish').split('\n')
    const ofFish = fish.filter((line) => line.startsWith(`complete -c ${name} -l `))
    const bash = new RegExp(`^    ${command}\\) flags='(.*)' ;;$`, 'm')
    const zsh = new RegExp(`^_cross_agent_${command}\\(\\) \\{\\n([^]*?)\\n\\}$`, 'm')
    const zshSpecs = zsh.exec(read(name, 'completion/cross-agent.zsh'))?.[1]?.split('\n') ?? []
    expect([...words(await helpText(table))]).toEqual(expect.arrayContaining(flags))
    for (const flag of flags) {
      expect(read(name, `${name}.1`)).toContain(`\\fB${flag.replaceAll('-', '\\-')}\\fR`)
      expect(read(name, `${name}.md`)).toMatch(new RegExp(`^- (\`-\\w\`, )?\`${flag}\``, 'm'))
      expect(
        zshSpecs.filter(
          (line) => line.includes(`${flag}[`) || line.includes(`${flag}=`) || line.includes(`${flag}}`),
        ),
        flag,
      ).toHaveLength(1)
    }
    expect(bash.exec(read(name, 'completion/cross-agent.bash'))?.[1]?.split(' ')).toEqual(flags)
    expect(ofFish.map((line) => `--${line.split(' ')[4]}`)).toEqual(flags)
  })

  it('C8 the document names no flag that there is not', () => {
    const source = readFileSync(join(root, `packages/${command}/${command}.md`), 'utf8')
    const known = new Set(tables.flatMap((one) => allOptions(one).map(([flag]) => `--${flag}`)))
    expect([...words(source)].filter((flag) => !known.has(flag))).toEqual([])
  })

  it('C8 usage, arguments and exit codes are those of the table', () => {
    const page = read(name, `${name}.md`)
    for (const [code, meaning] of table.exitCodes) {
      const line = page.split('\n').find((line) => line.startsWith(`- \`${code}\`: `))
      expect(line?.replaceAll('\\', '')).toBe(`- \`${code}\`: ${meaning}`)
    }
    for (const { name } of table.positionals) expect(page.replaceAll('\\', '')).toContain(`- *${name}*: `)
    expect(page).toContain(`## Synopsis\n\n\`${name}\` `)
  })

  it('C8 the man page is roff: known requests, escaped hyphens, nothing but ASCII', () => {
    const lines = read(name, `${name}.1`).trimEnd().split('\n')
    const requests = lines.filter((line) => /^[.']/.test(line)).map((line) => line.split(' ')[0])
    const known = ['.\\"', '.TH', '.SH', '.SS', '.PP', '.TP', '.IP', '.RS', '.RE', '.EX', '.EE', '.nh', '.ad']
    expect(requests.filter((request = '') => !known.includes(request))).toEqual([])
    const count = (request: string) => requests.filter((one) => one === request).length
    expect([count('.RS'), count('.EX')]).toEqual([count('.RE'), count('.EE')])
    const text = lines.slice(1).join('\n')
    expect(text).toMatch(/^[\n\x20-\x7e]*$/)
    expect(text.match(/(?<!\\)-/g)).toBeNull()
    expect(text.match(/\\(?!f[BIR]|e|-|&|\(aq|\(ga|\(ha|\(ti|\(dq|\(bu|\[u[0-9A-F]{4,6}\])./g)).toBeNull()
    expect(lines).toContain('.SH NAME')
  })

  it.skipIf(!has('man'))('C8 man shows it, with hyphens that can be copied', async () => {
    const shown = await home.exec('man', ['-l', built(name, `${name}.1`)], {
      env: { MANWIDTH: '80', MAN_KEEP_FORMATTING: '', PAGER: 'cat', GROFF_NO_SGR: '1', LC_ALL: 'C.UTF-8' },
    })
    const text = shown.stdout.replace(/.\x08/g, '')
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' })
    expect(text).toMatch(new RegExp(`^NAME\\n +${name} - `, 'm'))
    for (const flag of flags) expect(text).toContain(flag)
  })

  it.skipIf(!has('groff'))('C8 groff has no warning', async () => {
    const args = ['-ww', '-man', '-Tutf8', '-z', built(name, `${name}.1`)]
    expect(await home.exec('groff', args)).toMatchObject({ exitCode: 0, stderr: '', stdout: '' })
  })

  it.skipIf(!has('mandoc'))('C8 mandoc has none but that the page bears no date', async () => {
    const { stdout, stderr } = await home.exec('mandoc', [
      '-T',
      'lint',
      '-W',
      'warning',
      built(name, `${name}.1`),
    ])
    const found = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line !== '' && !line.includes('missing date'))
    expect(found.map((line) => basename(line))).toEqual([])
  })

  it.each(table.examples)('C8 the example is a line that the command takes: %s', async (line) => {
    const own =
      line
        .replace('$0', name)
        .split(' | ')
        .find((part) => part.startsWith(name)) ?? ''
    const split = ['-c', `${name}() { for word; do printf '%s\\0' "$word"; done; }; ${own}`]
    const words = (await home.exec('bash', split)).stdout.split('\0').slice(0, -1)
    const read = command === 'watch' ? readShellFlags : readCommandLine
    expect(read(table, words)).toMatchObject({ wants: 'run' })
  })

  it('C8 what it leads to is there', () => {
    const source = readFileSync(join(root, `packages/${command}/${command}.md`), 'utf8')
    const pages = /^see_also: \[(.*)\]$/m.exec(source)?.[1]?.split(', ') ?? []
    const ours = pages.filter((page) => page.startsWith('cross-agent-')).map((page) => page.slice(0, -3))
    expect(ours.length).toBeGreaterThan(0)
    expect(tables.map((one) => one.name)).toEqual(expect.arrayContaining(ours))
  })
})
