#!/usr/bin/env node
// @ts-check
/**
 * Installs, checks or removes the watcher's systemd units for the current user:
 *   node watch-service.mjs install | check | remove
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../systemd', import.meta.url))
const units = join(homedir(), '.config/systemd/user')
const PATH_UNIT = 'cross-agent-watch.path'
const SERVICE_UNIT = 'cross-agent-watch.service'
const dropIn = join(units, `${SERVICE_UNIT}.d`)

/**
 * Runs systemctl for the current user. Returns what it printed; ends with its words where it fails.
 * @param {string[]} args
 */
function systemctl(...args) {
  const { status, stdout, stderr, error } = spawnSync('systemctl', ['--user', ...args], { encoding: 'utf8' })
  if (status !== 0)
    fail(
      `systemctl --user ${args.join(' ')}: ${(error?.message ?? (stderr.trim() || stdout.trim())) || `exit ${status}`}`,
    )
  return stdout.trim()
}

/** @param {string} message */
function fail(message) {
  console.error(message)
  process.exit(1)
}

/** @param {string} name */
function folderOnPath(name) {
  const found = (process.env.PATH ?? '').split(delimiter).find((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
  return found ?? fail(`${name} is not on PATH; install it first: npm install --global cross-agent-comms`)
}

function install() {
  // The user manager's own PATH seldom has the folders where npm and version managers put programs.
  const folders = [
    folderOnPath('cross-agent-watch'),
    dirname(process.execPath),
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
  ]
  mkdirSync(dropIn, { recursive: true })
  for (const unit of [PATH_UNIT, SERVICE_UNIT]) copyFileSync(join(source, unit), join(units, unit))
  const path = [...new Set(folders)].join(delimiter).replaceAll('%', '%%').replaceAll('"', '\\"')
  writeFileSync(join(dropIn, 'path.conf'), `[Service]\nEnvironment="PATH=${path}"\n`)
  systemctl('daemon-reload')
  systemctl('enable', '--now', PATH_UNIT)
  console.log(`installed in ${units}; the watcher runs from now on and from each login`)
}

function check() {
  for (const unit of [PATH_UNIT, SERVICE_UNIT]) {
    let installed = ''
    try {
      installed = readFileSync(join(units, unit), 'utf8')
    } catch {
      fail(`${unit} is not installed; do it with: install`)
    }
    if (installed !== readFileSync(join(source, unit), 'utf8'))
      fail(`${unit} is of another version; renew it with: install`)
  }
  for (const unit of [PATH_UNIT, SERVICE_UNIT]) {
    const { stdout } = spawnSync('systemctl', ['--user', 'is-active', unit], { encoding: 'utf8' })
    if (stdout?.trim() !== 'active') {
      fail(`${unit} is ${stdout?.trim() || 'unknown'}; start it with: systemctl --user start ${PATH_UNIT}`)
    }
  }
  console.log('installed, and the watcher is running')
}

function remove() {
  spawnSync('systemctl', ['--user', 'disable', '--now', PATH_UNIT], { stdio: 'ignore' })
  spawnSync('systemctl', ['--user', 'stop', SERVICE_UNIT], { stdio: 'ignore' })
  for (const path of [join(units, PATH_UNIT), join(units, SERVICE_UNIT), dropIn])
    rmSync(path, { recursive: true, force: true })
  spawnSync('systemctl', ['--user', 'daemon-reload'], { stdio: 'ignore' })
  console.log('removed')
}

const [what] = process.argv.slice(2)
if (what === 'install') install()
else if (what === 'check') check()
else if (what === 'remove') remove()
else fail('usage: watch-service.mjs install | check | remove')
