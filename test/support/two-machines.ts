import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { binOf, commands } from '../../scripts/project.mjs'
import { type Home, type Outcome, outcomeOf, type RunOptions } from './home'
import { Fleet, withName } from './machines'
import { until } from './until'

export const PEERS = '.config/cross-agent-comms/peers.toml'
const LOOPBACK = ['--batch', '--quiet', '--yes', '--pinentry-mode', 'loopback', '--passphrase']

/**
 * Machines with real sshd's, names, homes and keyrings of their own. Each reaches each other one by ssh. The keyrings lie
 * where gpg looks for them without a variable.
 */
export class Machines {
  readonly fleet: Fleet

  constructor(names: readonly string[], subnet: number, shells?: ReadonlyMap<string, string>) {
    this.fleet = new Fleet(names, subnet, shells)
    for (const { home } of this.fleet.machines) this.#prepare(home)
  }

  #prepare(home: Home): void {
    mkdirSync(home.programs, { recursive: true })
    copyFileSync(join(this.fleet.home.programs, 'ssh'), join(home.programs, 'ssh'))
    for (const command of commands)
      home.stub(`cross-agent-${command}`, `exec '${process.execPath}' '${binOf(command)}' "$@"`)
  }

  home(name: string): Home {
    return this.fleet.machine(name).home
  }

  /** Runs a program on a machine, as somebody who sits there. */
  exec(name: string, line: readonly string[], options?: RunOptions): Promise<Outcome> {
    return outcomeOf(this.spawn(name, line, options))
  }

  spawn(name: string, line: readonly string[], options?: RunOptions) {
    const [program, ...args] = withName(name, line)
    return this.home(name).spawn(program, args, options)
  }

  run(name: string, command: string, args: readonly string[], options?: RunOptions): Promise<Outcome> {
    return this.exec(name, [process.execPath, binOf(command), ...args], options)
  }

  /** A command on a terminal of its own, and somebody who types there. */
  onTerminal(name: string, command: string, args: readonly string[]): Typist {
    const words = [process.execPath, binOf(command), ...args]
    const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    const [program, ...rest] = withName(name, ['script', '-qefc', line, '/dev/null'])
    const { path, env } = this.home(name)
    return new Typist(spawn(program, rest, { cwd: path, env: { ...env, TERM: 'dumb' } }))
  }

  /** Makes a key and returns its fingerprint. */
  async makeKey(name: string, passphrase = ''): Promise<string> {
    const made = ['--quick-gen-key', `agents@${name}`, 'ed25519', 'sign', 'never']
    const { exitCode, stderr } = await this.exec(name, ['gpg', ...LOOPBACK, passphrase, ...made])
    if (exitCode !== 0) throw new Error(stderr)
    const [first = ''] = await this.keys(name)
    return first
  }

  /** The fingerprints in a machine's keyring. */
  async keys(name: string): Promise<string[]> {
    const { stdout } = await this.exec(name, ['gpg', '--batch', '--with-colons', '--list-keys'])
    return Array.from(stdout.matchAll(/^pub:.*\n(?:.*\n)*?fpr:+([0-9A-F]+):/gm), ([, found = '']) => found)
  }

  peers(name: string): string | undefined {
    const file = join(this.home(name).path, PEERS)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }

  /** All that lies in a home but sockets and what sshd and ssh keep there, with its content. */
  content(name: string): Record<string, string> {
    const { path } = this.home(name)
    const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    const files = entries.map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1)).sort()
    const kept = files.filter(
      (file) =>
        !/^(?:sshd\.|host_key|authorized_keys|programs\/|kept-keys\/|asking$|known|jumps$)/.test(file),
    )
    return Object.fromEntries(kept.map((file) => [file, readFileSync(join(path, file), 'latin1')]))
  }

  /** Makes a key on each machine, which `reset` brings back. Returns the fingerprints. */
  async makeKeys(): Promise<Record<string, string>> {
    const made: Record<string, string> = {}
    for (const { name, home } of this.fleet.machines) {
      made[name] = await this.makeKey(name)
      this.#stopAgent(home)
      cpSync(join(home.path, '.gnupg'), join(home.path, 'kept-keys'), { recursive: true, filter: isNoSocket })
    }
    return made
  }

  /** Makes all machines as they were after `makeKeys`, without settings and projects. */
  reset(): void {
    for (const { name, home } of this.fleet.machines) {
      this.wipe(name)
      cpSync(join(home.path, 'kept-keys'), join(home.path, '.gnupg'), { recursive: true })
    }
  }

  #stopAgent({ env }: Home): void {
    spawnSync('gpgconf', ['--kill', 'all'], { env, stdio: 'ignore' })
  }

  /** Makes a machine as new: without keys, settings and projects. */
  wipe(name: string): void {
    const home = this.home(name)
    const { path } = home
    this.#stopAgent(home)
    for (const folder of ['.gnupg', '.config', '.local', '.cache', 'projects'])
      rmSync(join(path, folder), { recursive: true, force: true, maxRetries: 5 })
    mkdirSync(join(path, 'projects'))
  }
}

const isNoSocket = (path: string) => !lstatSync(path).isSocket()

/** What a terminal shows, and what is typed there. */
export class Typist {
  readonly ended: Promise<Outcome>
  said = ''
  readonly #child: ReturnType<typeof spawn>

  constructor(child: ReturnType<typeof spawn>) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.said += text.replaceAll('\r\n', '\n')
    })
    this.ended = outcomeOf(child)
  }

  /** Types a line once a question stands there. */
  async answer(question: RegExp, text: string): Promise<void> {
    await until(() => question.test(this.said), `${question} in ${this.said}`)
    this.said = this.said.replace(question, '')
    this.#child.stdin?.write(`${text}\n`)
  }
}
