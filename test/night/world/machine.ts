import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SSHD_SETTINGS } from '../../support/sshd-settings'
import { call } from './call'
import { Disk } from './disk'
import type { Network } from './network'

export const COMMANDS = ['send', 'recv', 'watch', 'status', 'discover', 'halt', 'resume'] as const
const LOOPBACK = ['--batch', '--quiet', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '']

export interface Setup {
  /** All machines lie below it. */
  readonly base: string
  /** The folder with the built packages. */
  readonly build: string
  /** The folder with the original scripts, if they are at hand. */
  readonly scripts: string | undefined
  readonly network: Network
  /** Loaded into each node: it reads how far the clock is off from a file. */
  readonly clock: string
}

/** What a program said until it ended. */
export interface Outcome {
  /** Null where a signal ended it. */
  readonly exit: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A machine: its own network, name, disk, clock, keyring and sshd. */
export class Machine {
  readonly home: string
  readonly disk: Disk
  /** What lies there survives each power cut, as what a distribution installs does. */
  readonly system: string
  readonly address: string
  isUp = false
  readonly #clock: string
  readonly #init: ChildProcess
  readonly #setup: Setup
  /** Milliseconds by which its clock is off. */
  offBy = 0

  readonly name: string
  readonly kind: 'ours' | 'script'

  constructor(name: string, kind: 'ours' | 'script', index: number, setup: Setup) {
    this.name = name
    this.kind = kind
    this.#setup = setup
    this.home = join(setup.base, name)
    this.system = join(setup.base, `${name}-system`)
    this.address = `10.77.0.${index + 1}`
    mkdirSync(join(this.system, 'programs'), { recursive: true })
    this.disk = new Disk(this.home)
    for (const folder of ['projects', 'tmp', '.gnupg', '.config/cross-agent-comms'])
      mkdirSync(join(this.home, folder), { recursive: true, mode: 0o700 })
    this.#clock = join(this.system, 'clock')
    this.setClock(0)
    const init = ['--net', '--uts', 'sh', '-c', 'hostname "$0" && echo up && exec sleep infinity', name]
    this.#init = spawn('unshare', init, { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  get pid(): number {
    return this.#init.pid ?? 0
  }

  /** Waits for its name and its network. */
  async boot(): Promise<void> {
    await new Promise((resolve) => this.#init.stdout?.once('data', resolve))
    this.#setup.network.connect(this.name, this.pid, this.address)
  }

  get env(): Record<string, string> {
    return {
      HOME: this.home,
      USER: 'root',
      LANG: 'C.UTF-8',
      TMPDIR: join(this.home, 'tmp'),
      PATH: `${join(this.system, 'programs')}:/usr/local/bin:/usr/bin:/bin:/usr/sbin`,
      NODE_OPTIONS: `--import=${this.#setup.clock}`,
      CLOCK_OFF_BY: this.#clock,
    }
  }

  /**
   * Seconds by which its clock is off: for node and gpg, so for all that the commands ask. (libfaketime would do it for
   * every program, but one that is killed leaves its lock to the others.)
   */
  setClock(seconds: number): void {
    this.offBy = seconds * 1000
    writeFileSync(this.#clock, String(this.offBy))
    const fake = seconds === 0 ? '' : `--faked-system-time "$(($(date +%s) + ${seconds}))"`
    this.program('gpg', `exec /usr/bin/gpg ${fake} "$@"`)
  }

  program(name: string, text: string): void {
    const path = join(this.system, 'programs', name)
    writeFileSync(`${path}.new`, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    renameSync(`${path}.new`, path)
  }

  /** Installs the commands, and an ssh that knows the other machines. */
  install(machines: readonly Machine[]): void {
    const { build, scripts } = this.#setup
    for (const command of COMMANDS) {
      const bin = join(build, 'packages', command, 'dist', `cross-agent-${command}.cjs`)
      const ours = `exec '${process.execPath}' '${bin}' "$@"`
      const theirs = `exec /usr/bin/python3 '${scripts}/cross-agent-${command}' "$@"`
      this.program(`cross-agent-${command}`, this.kind === 'script' ? theirs : ours)
    }
    for (const silent of ['notify-send', 'systemctl', 'notify']) this.program(silent, 'exit 0')
    const file = (part: string) => join(this.system, part)
    call(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file('host_key')])
    call(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file('user_key')])
    this.program('ssh', `exec /usr/bin/ssh -F '${file('ssh_config')}' "$@"`)
    const others = machines.filter((machine) => machine !== this)
    const hosts = others.map(
      ({ name, address }) => `Host ${name}\n  HostName ${address}\n  HostKeyAlias ${name}\n`,
    )
    const settings = [
      'Host *',
      `IdentityFile ${file('user_key')}`,
      `UserKnownHostsFile ${file('known_hosts')}`,
      'GlobalKnownHostsFile /dev/null',
      'IdentitiesOnly yes',
      'IdentityAgent none',
      'StrictHostKeyChecking yes',
    ]
    writeFileSync(file('ssh_config'), [...hosts, settings.join('\n  '), ''].join('\n'))
  }

  /** Lets all others in, once they are installed. */
  befriend(machines: readonly Machine[]): void {
    for (const other of machines) {
      if (other === this) continue
      const key = (part: string) =>
        readFileSync(join(other.system, part), 'utf8').split(' ').slice(0, 2).join(' ')
      appendFileSync(join(this.system, 'known_hosts'), `${other.name} ${key('host_key.pub')}\n`)
      appendFileSync(join(this.system, 'authorized_keys'), `${key('user_key.pub')}\n`)
    }
    const session = Object.entries(this.env).map(([name, value]) => `${name}=${value}`)
    const settings = [
      `ListenAddress ${this.address}`,
      `HostKey ${join(this.system, 'host_key')}`,
      `PidFile ${this.#pidFile}`,
      `AuthorizedKeysFile ${join(this.system, 'authorized_keys')}`,
      `SetEnv ${session.join(' ')}`,
      ...SSHD_SETTINGS,
    ]
    writeFileSync(join(this.system, 'sshd_config'), `${settings.join('\n')}\n`)
  }

  get #pidFile(): string {
    return join(this.system, 'sshd.pid')
  }

  /** A command line that runs here. */
  line(words: readonly string[]): [string, ...string[]] {
    return ['nsenter', '--target', String(this.pid), '--net', '--uts', '--', ...words]
  }

  startSshd(): void {
    call(
      this.line([
        '/usr/sbin/sshd',
        '-f',
        join(this.system, 'sshd_config'),
        '-E',
        join(this.system, 'sshd.log'),
      ]),
    )
    this.isUp = true
  }

  /** Removes the locks that a power cut left empty, as the doctor says. Returns their names. */
  removeEmptyLocks(): string[] {
    const folder = join(this.home, '.gnupg')
    const locks = readdirSync(folder)
      .filter((name) => name.endsWith('.lock'))
      .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === 0)
    for (const name of locks) rmSync(join(folder, name), { force: true })
    return locks
  }

  /** Nobody new gets in, and who is in is thrown out. */
  stopSshd(): void {
    for (const { pid, words } of this.processes()) if (/sshd/.test(words)) kill(pid)
  }

  /** Runs a program here to its end, as a person at this machine does. */
  run(words: readonly string[], cwd = this.home): Promise<Outcome> {
    const [program, ...args] = this.line(['sh', '-c', 'cd "$0" && exec "$@"', cwd, ...words])
    const child = spawn(program, args, { env: this.env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
    return outcomeOf(child)
  }

  /** Must succeed. */
  async must(words: readonly string[]): Promise<string> {
    const { exit, stdout, stderr } = await this.run(words)
    if (exit !== 0) throw new Error(`${this.name}: ${words.join(' ')}: ${stderr}`)
    return stdout
  }

  /** Makes a key two days ago, by the true clock: no clock here comes before it. Returns its fingerprint. */
  async makeKey(name: string): Promise<string> {
    const then = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000).toISOString().replace(/[-:]|\.\d+Z/g, '')
    const made = ['--faked-system-time', `${then}!`, '--quick-gen-key', name, 'ed25519', 'sign', 'never']
    await this.must(['gpg', ...LOOPBACK, ...made])
    const listed = await this.must(['gpg', '--batch', '--with-colons', '--list-keys', name])
    return /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? ''
  }

  /** All processes of the machine but what keeps its network. */
  processes(): { readonly pid: number; readonly words: string }[] {
    const own = namespaceOf(this.pid)
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== this.pid && namespaceOf(Number(name)) === own)
      .map((name) => ({ pid: Number(name), words: wordsOf(Number(name)) }))
      .filter(({ words }) => words !== '')
  }

  /** Kills all that runs, and goes on until nothing does. */
  async killAll(): Promise<void> {
    for (let found = this.processes(); found.length > 0; found = this.processes()) {
      for (const { pid } of found) kill(pid)
      await sleep(20)
    }
    this.isUp = false
  }

  inbox(project: string): string {
    return join(this.home, 'projects', project, 'inbox/from-agents')
  }

  /** The names of messages that lie in an inbox; none where the folder is away. */
  messages(project: string): string[] {
    const inbox = this.inbox(project)
    try {
      return existsSync(inbox)
        ? readdirSync(inbox)
            .filter((name) => /^[^.].*\.org$/.test(name))
            .sort()
        : []
    } catch {
      return []
    }
  }

  /** At the end of a night. */
  async remove(): Promise<void> {
    await this.killAll()
    this.#init.kill('SIGKILL')
    spawnSync('umount', [this.home])
  }
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exit) => resolve({ exit, ...said }))
  })
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return ''
  }
}

function wordsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
