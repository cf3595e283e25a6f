// @ts-check
/**
 * Makes dist/: a tarball for each command, installable alone and offline, and one with all of them. With
 * `--built FOLDER` it takes the commands as they are built and writes to that folder.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { LICENSES, mergeLicenses } from './licenses.mjs'
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
 * @param {string} description
 * @param {string[]} included
 */
function pack(name, description, included) {
  const folder = `${stage}/${name}`
  mkdirSync(`${folder}/dist`, { recursive: true })
  for (const command of included) {
    // The code cache goes along, rather than being made on installation: npm warns of packages that run scripts then.
    cpSync(dirname(binOf(command)), `${folder}/dist`, { recursive: true })
  }
  // People look for it at the top.
  rmSync(`${folder}/dist/${LICENSES}`)
  const licenses = included.map((command) => readFileSync(`${dirname(binOf(command))}/${LICENSES}`, 'utf8'))
  writeFileSync(`${folder}/${LICENSES}`, mergeLicenses(licenses))
  for (const file of papers) cpSync(`${root}/${file}`, `${folder}/${file}`)
  const hasWatcher = included.includes('watch')
  if (hasWatcher) cpSync(`${root}/systemd`, `${folder}/systemd`, { recursive: true })
  const files = ['dist', ...papers, LICENSES, ...(hasWatcher ? ['systemd'] : [])]
  const published = publishedManifest(name, description, included, files)
  writeFileSync(`${folder}/package.json`, `${JSON.stringify(published, null, 2)}\n`)
  run('npm', ['pack', '--silent', '--pack-destination', dist, folder])
}

/**
 * @param {string} name
 * @param {string} description
 * @param {string[]} included
 * @param {string[]} files
 */
function publishedManifest(name, description, included, files) {
  const { version, license, keywords, repository, engines } = manifest
  const bins = included.map((command) => [`cross-agent-${command}`, `dist/${basename(binOf(command))}`])
  return {
    name,
    version,
    description,
    keywords,
    license,
    // Left out as long as the manifest names none.
    repository,
    engines,
    type: 'commonjs',
    bin: Object.fromEntries(bins),
    man: included.map((command) => `dist/cross-agent-${command}.1`),
    files,
  }
}

/**
 * What a command is for, by the front matter of its document.
 * @param {string} command
 */
function summaryOf(command) {
  const document = readFileSync(`${root}/packages/${command}/${command}.md`, 'utf8')
  const summary = /^summary: (.+)$/m.exec(document)?.[1] ?? ''
  return summary.charAt(0).toUpperCase() + summary.slice(1)
}

if (!isBuilt) await setUp()
// The folder may be anybody's: only what an earlier run has left there goes.
rmSync(stage, { recursive: true, force: true })
for (const name of existsSync(dist) ? readdirSync(dist) : [])
  if (/^cross-agent-[a-z]+-\d[\w.-]*\.tgz$/.test(name)) rmSync(`${dist}/${name}`)
for (const command of commands) pack(`cross-agent-${command}`, summaryOf(command), [command])
pack(manifest.name, manifest.description, commands)
rmSync(stage, { recursive: true })
