// @ts-check
/** Other versions of node: that all commands run on them, and how fast. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { binOf, commands, manifest, root } from '../project.mjs'
import { run } from '../setup.mjs'

/** @import { World } from './world.mjs' */

/**
 * The path of a node of that version ("22" or "22.23.3"): a package that holds nothing but the program, kept in
 * node_modules for the next time.
 * @param {string} version
 */
export function fetchNode(version) {
  if (!/^\d+(\.\d+){0,2}$/.test(version))
    throw new Error(`--node ${version}: give versions of node, as in 20,22,24`)
  const folder = `${root}/node_modules/.cache/bench/node-${version}`
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
 * Throws unless every command runs on that node. Gives each the code cache that a build on that node would write.
 * Returns the exact version.
 * @param {string} node
 * @param {World} world
 */
export function checkCommands(node, world) {
  const say = (/** @type {string[]} */ ...args) =>
    spawnSync(node, args, { env: world.env(), encoding: 'utf8' }).stdout.trim()
  const version = say('--version')
  for (const command of commands) {
    const bin = binOf(command)
    run(node, [`${root}/scripts/cache-code.mjs`, dirname(bin)])
    if (!say(bin, '--version').endsWith(manifest.version) || !say(bin, '--help').includes(command))
      throw new Error(`${bin} does not run on node ${version}`)
  }
  return version.slice(1)
}
