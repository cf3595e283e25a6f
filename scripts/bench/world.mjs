// @ts-check
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { binOf } from '../project.mjs'
import { atEnd, makeScratchFolder, removeFolder } from './scratch.mjs'

/** @import { Call } from './processes.mjs' */

/** A peer that is down: ssh says so after BENCH_SSH_SECONDS. */
const DEAD_SSH = `#!/bin/sh
sleep "$BENCH_SSH_SECONDS"
echo 'ssh: connect to host: No route to host' >&2
exit 255
`

const GPG = ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '']

/**
 * Where everything is measured: a scratch folder with homes, a key and stubs of what would reach out of it.
 * Nothing of the environment of whoever measures gets in, least of all NODE_EXTRA_CA_CERTS, which costs some
 * versions of node as much as they take to start.
 */
export class World {
  /** The folder of the scripts; undefined where ours is measured alone. */
  reference
  scratch = makeScratchFolder()
  bin = `${this.scratch}/bin`
  #homes = 0

  /** @param {string | undefined} reference */
  constructor(reference) {
    this.reference = reference
    mkdirSync(this.bin)
    mkdirSync(`${this.scratch}/gnupg`, { mode: 0o700 })
    // The agent, which outlives the command that has started it.
    atEnd(() => spawnSync('gpgconf', ['--kill', 'all'], { env: this.env(this.scratch) }))
    this.gpg('--quick-gen-key', 'bench', 'ed25519', 'sign', 'never')
    this.stub('systemctl', '#!/bin/sh\n')
    this.stub('ssh', DEAD_SSH)
  }

  /** @param {string} home */
  env(home) {
    return {
      PATH: `${this.bin}:/usr/local/bin:/usr/bin:/bin`,
      HOME: home,
      USER: 'me',
      LANG: 'C.UTF-8',
      GNUPGHOME: `${this.scratch}/gnupg`,
      GIT_CONFIG_NOSYSTEM: '1',
    }
  }

  /** @param {string[]} args */
  gpg(...args) {
    const { status, stderr } = spawnSync('gpg', [...GPG, ...args], { env: this.env(this.scratch) })
    if (status !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`)
  }

  /**
   * Puts a program of its own before all others of that name.
   * @param {string} name
   * @param {string} text
   */
  stub(name, text) {
    writeFileSync(`${this.bin}/${name}`, text)
    chmodSync(`${this.bin}/${name}`, 0o755)
  }

  /**
   * Gives an empty home to `use`, and removes it afterwards: a large one should not fill the disk for long.
   * @template Outcome
   * @param {(home: string) => Promise<Outcome>} use
   */
  async withHome(use) {
    const home = `${this.scratch}/home${this.#homes++}`
    mkdirSync(home)
    try {
      return await use(home)
    } finally {
      removeFolder(home)
    }
  }

  /**
   * The command line of ours.
   * @param {string} command
   * @param {string} home
   * @param {string[]} args
   * @returns {Call}
   */
  ours(command, home, args, node = process.execPath) {
    return { line: [node, binOf(command), ...args], env: this.env(home), cwd: this.scratch }
  }

  /**
   * The command line of the script, if there is one to compare with.
   * @param {string} command
   * @param {string} home
   * @param {string[]} args
   * @returns {Call | undefined}
   */
  theirs(command, home, args) {
    if (this.reference === undefined) return undefined
    const interpreter = command === 'watch' ? '/bin/bash' : '/usr/bin/python3'
    const line = [interpreter, `${this.reference}/cross-agent-${command}`, ...args]
    return { line, env: this.env(home), cwd: this.scratch }
  }

  /**
   * Node doing nothing.
   * @returns {Call}
   */
  floor(node = process.execPath) {
    return { line: [node, '-e', '0'], env: this.env(this.scratch), cwd: this.scratch }
  }
}
