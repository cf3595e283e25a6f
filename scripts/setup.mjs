// @ts-check
/** What a fresh clone needs before anything else runs. Uses nothing but Node and npm. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { root } from './project.mjs'

/** Fetched by npx for each install, so that a newcomer needs npm alone. */
const PNPM = 'pnpm@12.21.0'

/** What the tests and the demo call, and the Debian package that has it. */
const SYSTEM_PROGRAMS = {
  gpg: 'gnupg',
  gpgconf: 'gnupg',
  git: 'git',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
  rsync: 'rsync',
  inotifywait: 'inotify-tools',
  strace: 'strace',
  'mkfs.ext4': 'e2fsprogs',
}

/**
 * Runs a program in the repository and ends this process with a line of its own if that fails.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function run(program, args, env = process.env) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, env, stdio: 'inherit' })
  if (status === 0) return
  console.error(`failed: ${[program, ...args].join(' ')} (${error?.message ?? signal ?? `exit ${status}`})`)
  process.exit(1)
}

/** Installs the packages of the lock file. */
export function installPackages() {
  run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--silent'])
}

/** Installs the packages and builds all commands. */
export async function setUp() {
  console.error('installing packages (a minute at most, the first time) …')
  installPackages()
  console.error('building the commands …')
  const { buildAll } = await import('./build.mjs')
  await buildAll()
}

/** Sees to it that system programs are there: as root on Debian by installing them. */
export function requireSystemPrograms(names = Object.keys(SYSTEM_PROGRAMS)) {
  const missing = names.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((name) => Reflect.get(SYSTEM_PROGRAMS, name)))]
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    run('apt-get', ['update', '-qq'], env)
    run('apt-get', ['-qq', ...install], env)
    return
  }
  console.error(`missing: ${missing.join(', ')}; install with: sudo apt-get ${install.join(' ')}`)
  process.exit(1)
}

/** @param {string} name */
function isInstalled(name) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin']
  return folders.some((folder) => existsSync(`${folder}/${name}`))
}
