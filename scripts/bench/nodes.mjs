// @ts-check
/** Other versions of node, to see that and how fast the commands run on them. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { binOf, commands, manifest, root } from '../project.mjs'
import { run } from '../setup.mjs'
import { runToEnd } from './processes.mjs'

/** @import { World } from './world.mjs' */

const cache = `${root}/node_modules/.cache/bench`

/**
 * The path of a node of that version ("22" or "22.23.3"): a package that holds nothing but the program, kept
 * in node_modules for the next time.
 * @param {string} version
 */
export function fetchNode(version) {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) throw new Error(`not a version of node: ${version}`)
  const folder = `${cache}/node-${version}`
  const name = `node-${process.platform}-${process.arch}`
  const program = `${folder}/node_modules/${name}/bin/node`
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/package.json`, '{ "private": true }\n')
    run('npm', ['install', '--prefix', folder, '--ignore-scripts', '--loglevel=error', `${name}@${version}`])
  }
  return program
}

/**
 * Throws unless every command runs on that node, with the code cache that a build there would write.
 * Returns the exact version.
 * @param {string} node
 * @param {World} world
 */
export async function checkCommands(node, world) {
  const { stdout: version } = await runToEnd(
    { ...world.floor(node), line: [node, '--version'] },
    { keepsOutput: true },
  )
  for (const command of commands) {
    run(node, [`${root}/scripts/cache-code.mjs`, dirname(binOf(command))])
    const call = world.ours(command, world.scratch, [], node)
    const said = async (/** @type {string} */ option) =>
      (await runToEnd({ ...call, line: [...call.line, option] }, { keepsOutput: true })).stdout.trim()
    const shown = await said('--version')
    if (!shown.endsWith(manifest.version))
      throw new Error(`${binOf(command)} --version on ${version}: ${shown}`)
    if (!(await said('--help')).includes(`cross-agent-${command}`))
      throw new Error(`${binOf(command)} --help on ${version} shows nothing`)
  }
  return version.trim().slice(1)
}
