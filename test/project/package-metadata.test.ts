import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { LICENSES } from '../../scripts/licenses.mjs'
import { commands, manifest, root } from '../../scripts/project.mjs'
import { isLong, LONGER, sample } from '../support/long'
import { sharedHome } from '../support/own-home'
import { packed } from '../support/packed'

const home = sharedHome()
let dist = ''
const names = [...commands.map((command) => `cross-agent-${command}`), manifest.name]
/** One of a kind: npm takes seconds for each, and the manifests of the others are made alike. */
const TRIED = ['cross-agent-send', 'cross-agent-watch', manifest.name]
const tarball = (name: string) => join(dist, `${name}-${manifest.version}.tgz`)

beforeAll(async () => {
  dist = await packed(home)
})

describe.each(sample(names, 2))('the package %s', (name) => {
  const folder = join(home.path, name, 'package')
  const included = name === manifest.name ? commands : [name.replace('cross-agent-', '')]
  beforeAll(async () => {
    home.write(`${name}/keep`, '')
    const unpacked = await home.exec('tar', ['-xzf', tarball(name), '-C', join(home.path, name)])
    expect(unpacked, unpacked.stderr).toMatchObject({ exitCode: 0 })
  })
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')

  it('publint finds nothing', async () => {
    const linted = await home.exec(join(root, 'node_modules/.bin/publint'), ['--strict', tarball(name)])
    expect(linted, linted.stdout).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('All good!') })
  })

  it.runIf(isLong && TRIED.includes(name))('npm would publish it as it is', LONGER, async () => {
    const tried = await home.exec('npm', ['publish', '--dry-run', '--offline', tarball(name)])
    expect(tried, tried.stderr).toMatchObject({ exitCode: 0, stdout: `+ ${name}@${manifest.version}\n` })
    expect(tried.stderr).not.toMatch(
      /corrected|errors|warn (?!publish This command requires you to be logged in)/,
    )
  })

  it('says all there is to say of it', () => {
    const published = JSON.parse(read('package.json'))
    expect(published).toMatchObject({
      name,
      version: manifest.version,
      description: expect.stringMatching(/^[A-Z].{10,}/),
      license: 'MIT',
      keywords: expect.arrayContaining(['agents']),
      engines: { node: '>=20' },
      bin: Object.fromEntries(
        included.map((command) => [`cross-agent-${command}`, `dist/cross-agent-${command}.cjs`]),
      ),
      man: included.map((command) => `dist/cross-agent-${command}.1`),
    })
    expect(published).not.toHaveProperty('dependencies')
    expect(published).not.toHaveProperty('scripts')
    const files: string[] = published.files
    for (const file of [...files, ...Object.values<string>(published.bin), ...published.man])
      expect(existsSync(join(folder, file)), file).toBe(true)
    const top = readdirSync(folder).filter((file) => file !== 'package.json')
    expect(top.sort()).toEqual([...new Set(files.map((file) => file.split('/')[0]))].sort())
  })

  it('holds the licence of each library that is bundled', () => {
    const licenses = read(LICENSES)
    const titles = licenses.match(/(?<=-{80}\n)\S+ \S+ \(.*\)$/gm) ?? []
    const libraries = included.flatMap((command) =>
      Array.from(
        read(`dist/cross-agent-${command}.parts`).matchAll(/^((?:@[\w-]+\/)?[\w-]+)(?:\/\S+)? /gm),
        ([, library = '']) => library,
      ).filter((library) => library !== 'core' && library !== command),
    )
    // The help, which is carried as a part, brings this one.
    expect(titles.some((title) => title.startsWith('yargs '))).toBe(true)
    expect(libraries).toContain('@iarna/toml')
    for (const library of libraries)
      expect(
        titles.some((title) => title.startsWith(`${library} `)),
        library,
      ).toBe(true)
    const names = titles.map((title) => title.split(' ').slice(0, 2).join(' '))
    expect(names).toEqual([...new Set(names)].sort())
    for (const title of titles) expect(title).toMatch(/\((MIT|ISC|BSD-2-Clause|BSD-3-Clause|Apache-2\.0)\)$/)
    // Each with its text, not with its name alone.
    const sections = licenses.split(`${'-'.repeat(80)}\n`).slice(1)
    expect(sections.filter((section) => section.split('\n').length < 5)).toEqual([])
  })
})
