import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { binOf, commands } from '../../scripts/project.mjs'
import { type Home, type Outcome, outcomeOf, type RunOptions } from './home'
import { Fleet, withName } from './machines'

export const PEERS = '.config/cross-agent-comms/peers.toml'
const LOOPBACK = ['--batch', '--quiet', '--yes', '--pinentry-mode', 'loopback', '--passphrase']

/**
 * Machines with real sshd's, names, homes and keyrings of their own. Each reaches each other one by ssh. The keyrings lie
 * where gpg looks for them without a variable.
 */
export class Machines {
  readonly fleet: Fleet

  constructor(names: readonly string[], subnet: number, shells?: ReadonlyMap<string, string>) {
    this.fleet = new Fleet(names, subnet, shells, true)
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
    const kept = files.filter((file) => !/^(?:sshd\.|host_key|authorized_keys|programs\/)/.test(file))
    return Object.fromEntries(kept.map((file) => [file, readFileSync(join(path, file), 'latin1')]))
  }

  /** Makes a machine as new: without keys, settings and projects. */
  wipe(name: string): void {
    const { path } = this.home(name)
    for (const folder of ['.gnupg', '.config', '.local', '.cache', 'projects'])
      rmSync(join(path, folder), { recursive: true, force: true, maxRetries: 5 })
    mkdirSync(join(path, 'projects'))
  }
}
