// @ts-check
/** The licences of the libraries that are bundled into what is installed. */
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The file's name, in a command's dist/ and at the top of a package. */
export const LICENSES = 'THIRD-PARTY-LICENSES'

const OPENING = 'The commands in this package contain the software below, under these licences.'
const RULER = '-'.repeat(80)
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([-.].*)?$/i

/**
 * The licences of all packages of which there are files in a bundle. Throws where one says nothing of its licence.
 * @param {Iterable<string>} inputs paths, as esbuild tells them
 */
export function licensesOf(inputs) {
  const folders = Array.from(inputs, (input) => PACKAGE.exec(resolve(input.replace(/^[\w-]+:/, '')))?.[0])
  return write([...new Set(folders)].filter((folder) => folder !== undefined).map(sectionOf))
}

/**
 * One text of several, each library once.
 * @param {readonly string[]} texts
 */
export function mergeLicenses(texts) {
  return write(texts.flatMap((text) => text.split(`\n${RULER}\n`).slice(1)))
}

/** @param {readonly string[]} sections */
function write(sections) {
  const sorted = [...new Set(sections.map((section) => section.trim()))].sort()
  return `${[OPENING, ...sorted].join(`\n\n${RULER}\n`)}\n`
}

/** @param {string} folder */
function sectionOf(folder) {
  /** @type {{ name: string, version: string, license?: string }} */
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const files = readdirSync(folder).filter((file) => LICENSE_FILE.test(file))
  if (license === undefined) throw new Error(`${name} ${version} does not say under which licence it is`)
  const texts = files
    .sort()
    .map((file) => readFileSync(`${folder}/${file}`, 'utf8').replaceAll('\r\n', '\n').trim())
  return [`${name} ${version} (${license})`, ...texts].join('\n\n')
}
