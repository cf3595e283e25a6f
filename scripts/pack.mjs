// @ts-check
/**
 * Makes dist/: a tarball for each command, installable alone and offline, and one with all of them. With
 * `--built FOLDER` it takes the commands as they are built and writes to that folder.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { binOf, commands, manifest, root } from './project.mjs'
import { run, setUp } from './setup.mjs'

const [mode, folder] = process.argv.slice(2)
const isBuilt = mode === '--built'
const dist = isBuilt && folder ? folder : `${root}/dist`
const stage = `${dist}/stage`

const readme = readFileSync(`${root}/README.md`, 'utf8')
/** The README, and the files of ours that it shows and leads to. */
const papers = [
  'README.md',
  'LICENSE',
  ...[...readme.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path = '']) => path),
]

/**
 * Packs some commands under one name. They have everything inside, so the package needs nothing.
 * @param {string} name
 * @param {string[]} included
 */
function pack(name, included) {
  const folder = `${stage}/${name}`
  mkdirSync(`${folder}/dist`, { recursive: true })
  /** @type {Record<string, string>} */
  const bin = {}
  for (const command of included) {
    const file = `dist/${basename(binOf(command))}`
    bin[`cross-agent-${command}`] = file
    // The code cache goes along, rather than being made on installation: npm warns of packages that run scripts then.
    cpSync(dirname(binOf(command)), `${folder}/dist`, { recursive: true })
  }
  for (const file of papers) cpSync(`${root}/${file}`, `${folder}/${file}`)
  const hasWatcher = included.includes('watch')
  if (hasWatcher) cpSync(`${root}/systemd`, `${folder}/systemd`, { recursive: true })
  const { version, description, license, engines } = manifest
  const published = {
    name,
    version,
    description,
    license,
    engines,
    type: 'commonjs',
    bin,
    files: ['dist', ...papers, ...(hasWatcher ? ['systemd'] : [])],
  }
  writeFileSync(`${folder}/package.json`, `${JSON.stringify(published, null, 2)}\n`)
  run('npm', ['pack', '--silent', '--pack-destination', dist, folder])
}

if (!isBuilt) await setUp()
rmSync(dist, { recursive: true, force: true })
for (const command of commands) pack(`cross-agent-${command}`, [command])
pack('cross-agent-comms', commands)
rmSync(stage, { recursive: true })
