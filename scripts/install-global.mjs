// @ts-check
/**
 * Packs all commands and installs them for every folder: into npm's own prefix, or into ~/.local where that is not
 * the user's to write to. `--packed FOLDER` takes what is packed there.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { manifest, root } from './project.mjs'
import { run } from './setup.mjs'

const [mode, folder] = process.argv.slice(2)
const isPacked = mode === '--packed' && folder !== undefined
if (!isPacked) run('node', ['scripts/pack.mjs'])

const prefix = globalPrefix()
const tarball = `${isPacked ? folder : `${root}/dist`}/cross-agent-comms-${manifest.version}.tgz`
run('npm', ['install', '--global', '--prefix', prefix, tarball])
const bin = `${prefix}/bin`
if (!isOnPath(bin)) {
  const shown = bin.startsWith(`${homedir()}/`)
    ? `$HOME${inQuotes(bin.slice(homedir().length))}`
    : inQuotes(bin)
  console.log(`The commands are in ${bin}, which is not on PATH. Type this now, and add it to ~/.profile:`)
  console.log(`  export PATH="${shown}:$PATH"`)
}

/** A path as a shell reads it between double quotes. @param {string} path */
function inQuotes(path) {
  return path.replace(/["\\$`]/g, '\\$&')
}

function globalPrefix() {
  const { stdout } = spawnSync('npm', ['prefix', '--global'], { cwd: root, encoding: 'utf8' })
  const usual = stdout.trim()
  return usual !== '' && canInstallTo(usual) ? usual : `${homedir()}/.local`
}

/** @param {string} folder */
function canInstallTo(folder) {
  try {
    for (const part of [`${folder}/lib/node_modules`, `${folder}/bin`]) {
      // As npm does itself.
      mkdirSync(part, { recursive: true })
      accessSync(part, constants.W_OK)
    }
    return true
  } catch {
    return false
  }
}

/** @param {string} folder */
function isOnPath(folder) {
  return (process.env.PATH ?? '').split(':').some((entry) => {
    try {
      return entry !== '' && realpathSync(entry) === realpathSync(folder)
    } catch {
      return false
    }
  })
}
