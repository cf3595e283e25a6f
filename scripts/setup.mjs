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
  pgrep: 'procps',
  'mkfs.ext4': 'e2fsprogs',
  // Reads property lists.
  python3: 'python3',
}

/** What a few tests call. Outside CI, those are left out where it is missing. */
const MORE_PROGRAMS = {
  systemctl: 'systemd',
  dirmngr: 'dirmngr',
  zsh: 'zsh',
  fish: 'fish',
  tcsh: 'tcsh',
  busybox: 'busybox',
  shellcheck: 'shellcheck',
  man: 'man-db',
  groff: 'groff-base',
  mandoc: 'mandoc',
  jq: 'jq',
  curl: 'curl',
  rg: 'ripgrep',
}

/** What only `npm run test:agents` calls. */
const AGENT_PROGRAMS = { unshare: 'util-linux', ip: 'iproute2', tmux: 'tmux' }

/** What only `npm run test:night` calls. */
const NIGHT_PROGRAMS = { perl: 'perl-base', setpriv: 'util-linux' }

const PACKAGES = { ...SYSTEM_PROGRAMS, ...MORE_PROGRAMS, ...AGENT_PROGRAMS, ...NIGHT_PROGRAMS }

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

/** Sees to it that all programs that the tests call are there. */
export function requireTestPrograms() {
  const isOptional = !canInstall() && process.env.CI !== 'true'
  requireSystemPrograms(Object.keys(isOptional ? SYSTEM_PROGRAMS : PACKAGES))
  const { missing, install } = missingOf(Object.keys(MORE_PROGRAMS))
  if (missing.length > 0)
    console.error(`left out: tests with ${missing.join(', ')}; to run them too: sudo ${install.join(' ')}`)
}

/**
 * Sees to it that programs are there: as root on Debian by installing them, else by naming the line that does.
 * @param {string[]} names
 */
export function requireSystemPrograms(names) {
  const { missing, install } = missingOf(names)
  if (missing.length === 0) return
  if (canInstall()) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    run('apt-get', ['update', '-qq'], env)
    const [program = '', ...args] = install
    // Without a terminal of its own, dpkg draws no progress.
    run(program, ['-qq', '-o', 'Dpkg::Use-Pty=0', ...args], env)
    return
  }
  console.error(`missing: ${missing.join(', ')}; install with: sudo ${install.join(' ')}`)
  process.exit(1)
}

const canInstall = () => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

/**
 * Those of the programs that are not there, and the words of the line that installs them.
 * @param {string[]} names
 */
function missingOf(names) {
  const missing = names.filter((name) => !isInstalled(name))
  const packages = new Set(missing.map((name) => Reflect.get(PACKAGES, name)))
  return { missing, install: ['apt-get', 'install', '-y', '--no-install-recommends', ...packages] }
}

/** @param {string} name */
function isInstalled(name) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin']
  return folders.some((folder) => existsSync(`${folder}/${name}`))
}
