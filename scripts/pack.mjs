// @ts-check
/**
 * Makes dist/: a tarball for each command, installable alone and offline, and one with all of them. With
 * `--built FOLDER` it takes the commands as they are built and writes to that folder.
 */
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { bundleOf, commands, installedBin, manifest, root } from './project.mjs'
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

/** @param {string} command */
const isBundle = (command) => installedBin(command) === bundleOf(command)

/**
 * Packs some commands under one name. The bundles have everything inside, so the package needs nothing.
 * @param {string} name
 * @param {string[]} included
 */
function pack(name, included) {
  const folder = `${stage}/${name}`
  mkdirSync(`${folder}/bin`, { recursive: true })
  /** @type {Record<string, string>} */
  const bin = {}
  for (const command of included) {
    const file = `bin/cross-agent-${command}.js`
    bin[`cross-agent-${command}`] = file
    copyFileSync(installedBin(command), `${folder}/${file}`)
    chmodSync(`${folder}/${file}`, 0o755)
    if (isBundle(command)) continue
    mkdirSync(`${folder}/dist`, { recursive: true })
    copyFileSync(bundleOf(command), `${folder}/dist/cross-agent-${command}.js`)
  }
  for (const file of papers) cpSync(`${root}/${file}`, `${folder}/${file}`)
  const hasWatcher = included.includes('watch')
  if (hasWatcher) {
    cpSync(`${root}/systemd`, `${folder}/systemd`, { recursive: true })
    cpSync(`${root}/scripts/watch-service.mjs`, `${folder}/scripts/watch-service.mjs`)
  }
  const { version, description, license, engines } = manifest
  const published = {
    name,
    version,
    description,
    license,
    engines,
    type: 'commonjs',
    bin,
    files: [
      'bin',
      ...(included.every(isBundle) ? [] : ['dist']),
      ...papers,
      ...(hasWatcher ? ['systemd', 'scripts'] : []),
    ],
  }
  writeFileSync(`${folder}/package.json`, `${JSON.stringify(published, null, 2)}\n`)
  run('npm', ['pack', '--silent', '--pack-destination', dist, folder])
}

if (!isBuilt) await setUp()
rmSync(dist, { recursive: true, force: true })
for (const command of commands) pack(`cross-agent-${command}`, [command])
pack('cross-agent-comms', commands)
rmSync(stage, { recursive: true })
