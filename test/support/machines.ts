import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Home } from './home'
import { SSHD_SETTINGS } from './sshd-settings'

/** Milliseconds. */
const STOP_LIMIT = 60_000

/** A machine of its own as far as ssh can tell: an sshd on its own loopback address, with its own home. */
export interface Machine {
  readonly name: string
  readonly address: string
  readonly home: Home
  start(): void
  stop(): void
}

/** Several machines, which wait for `start`, and one home from which `ssh` and `rsync` reach them by name. */
export class Fleet {
  readonly home = new Home()
  readonly machines: readonly Machine[]
  readonly #config = join(this.home.path, 'ssh_config')
  readonly #key = join(this.home.path, 'ssh_key')
  readonly #knownHosts = join(this.home.path, 'known_hosts')

  /**
   * `subnet` keeps fleets of parallel tests apart: their addresses are 127.0.<subnet>.2 and up. `shells` gives the account
   * of a machine, which has its name then, another login shell than root's: the path of a program.
   */
  constructor(names: readonly string[], subnet: number, shells: ReadonlyMap<string, string> = new Map()) {
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    call('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', this.#key)
    const lines = [
      'IdentitiesOnly yes',
      'IdentityAgent none',
      'GlobalKnownHostsFile /dev/null',
      'StrictHostKeyChecking yes',
    ]
    writeFileSync(this.#config, '')
    // ssh finds its configuration by the user, not by HOME: only -F tells it of ours.
    this.home.stub('ssh', `exec /usr/bin/ssh -F "${this.#config}" "$@"`)
    this.machines = names.map((name, index) =>
      this.#makeMachine(name, `127.0.${subnet}.${index + 2}`, shells.get(name)),
    )
    appendFileSync(
      this.#config,
      `Host *\n  ${[...lines, `IdentityFile ${this.#key}`, `UserKnownHostsFile ${this.#knownHosts}`].join('\n  ')}\n`,
    )
    const peers = names.map(
      (name) => `[peers.${name}]\nhost = "${name}"\nssh_user = "${shells.has(name) ? name : 'root'}"\n`,
    )
    this.home.write('.config/cross-agent-comms/peers.toml', peers.join('\n'))
  }

  start(): this {
    for (const machine of this.machines) machine.start()
    return this
  }

  machine(name: string): Machine {
    const found = this.machines.find((machine) => machine.name === name)
    if (found === undefined) throw new Error(`no machine ${name}`)
    return found
  }

  remove(): void {
    for (const machine of this.machines) {
      machine.stop()
      machine.home.remove()
    }
    this.home.remove()
  }

  #makeMachine(name: string, address: string, shell: string | undefined): Machine {
    const home = new Home()
    const file = (part: string) => join(home.path, part)
    call('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file('host_key'))
    copyFileSync(`${this.#key}.pub`, file('authorized_keys'))
    const settings = [
      `ListenAddress ${address}`,
      `HostKey ${file('host_key')}`,
      `PidFile ${file('sshd.pid')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      `SetEnv HOME=${home.path} PATH=${file('programs')}:${file('system')}:/usr/local/bin:/usr/bin:/bin`,
      ...SSHD_SETTINGS,
    ]
    home.write('sshd_config', `${settings.join('\n')}\n`)
    appendFileSync(this.#config, `Host ${name}\n  HostName ${address}\n  HostKeyAlias ${name}\n`)
    const [type, key] = readFileSync(file('host_key.pub'), 'utf8').split(' ')
    appendFileSync(this.#knownHosts, `${name} ${type} ${key}\n`)
    mkdirSync(file('projects'))
    // As far as its login shell can tell: all these machines share the host's own name.
    const uname = `[ "$*" = -n ] || exec /usr/bin/uname "$@"\necho '${name}'`
    home.write('system/uname', `#!/bin/sh\n${uname}\n`, 0o755)
    chmodSync(home.path, 0o755)
    return {
      name,
      address,
      home,
      // sshd starts itself anew for each login, from the root folder: all its paths are absolute.
      start: () => {
        home.use()
        const sshd: [string, ...string[]] = [
          '/usr/sbin/sshd',
          '-f',
          file('sshd_config'),
          '-E',
          file('sshd.log'),
        ]
        if (shell === undefined) return call(...sshd)
        // The account is there for this sshd alone: the machine's own list stays as it is.
        const account = `${name}:*:0:0::${home.path}:${shell}\n`
        const accounts = home.write('passwd', `${readFileSync('/etc/passwd', 'utf8').trimEnd()}\n${account}`)
        const line = 'mount --bind "$0" /etc/passwd && exec "$@"'
        return call('unshare', '--mount', 'sh', '-c', line, accounts, ...sshd)
      },
      stop: () => stopDaemon(file('sshd.pid')),
    }
  }
}

/** A command line that runs a program on a machine of that name: only the program and what it starts see the name. */
export function withName(name: string, line: readonly string[]): [string, ...string[]] {
  return ['unshare', '--uts', 'sh', '-c', 'hostname "$0" && exec "$@"', name, ...line]
}

/** Ends a daemon and waits until it is gone: it removes the file with its process number last. */
function stopDaemon(pidFile: string): void {
  if (!existsSync(pidFile)) return
  process.kill(Number(readFileSync(pidFile, 'utf8')))
  for (const end = Date.now() + STOP_LIMIT; existsSync(pidFile); pause()) {
    if (Date.now() > end) throw new Error(`does not end: the process in ${pidFile}`)
  }
}

const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)

function call(...[program, ...args]: [string, ...string[]]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`)
}
