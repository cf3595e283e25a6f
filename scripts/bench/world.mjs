// @ts-check
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { binOf } from '../project.mjs'

/** @import { ChildProcess, StdioOptions } from 'node:child_process' */

/**
 * @typedef {object} Call
 * @property {string[]} line The program and its arguments.
 * @property {NodeJS.ProcessEnv} env The whole environment.
 */

/** Programs that would reach out of the scratch folder, and what stands for them. */
const STUBS = {
  systemctl: '#!/bin/sh\n',
  // In place of a desktop: the smallest program that does anything at all.
  notify: '#!/bin/sh\necho "$3" >> "$HOME/notified"\n',
  // A peer does as it is told, in a home of its own. One that is down says so after a while.
  ssh: `#!/bin/sh
[ -z "$BENCH_SSHD" ] || exec /usr/bin/ssh -F "$HOME/sshd/config" "$@"
sleep "$BENCH_SSH_SECONDS"
if [ -n "$BENCH_SSH_DOWN" ]; then
  echo 'ssh: connect to host: No route to host' >&2
  exit 255
fi
while [ "$1" = -o ] || [ "$1" = -l ]; do shift 2; done
shift
HOME=$HOME/peer exec sh -c "cd && $*"
`,
}

/**
 * Where everything is measured: a scratch folder with homes, a key and stubs. Nothing of the caller's environment
 * gets in, least of all NODE_EXTRA_CA_CERTS: reading it takes some versions of node as long as their whole start.
 * When this process ends, even by a failure, Ctrl-C or kill, the folder and all that was started are gone.
 */
export class World {
  /** The folder of the scripts; undefined where ours is measured alone. */
  reference
  // The name is short, because gpg's sockets have room for few letters.
  scratch = mkdtempSync(`${tmpdir()}/cac-bench-`)
  /** @type {Set<ChildProcess>} */
  #running = new Set()
  #homes = 0

  /** @param {string | undefined} reference */
  constructor(reference) {
    this.reference = reference
    process.once('exit', () => this.#end())
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.once(signal, () => process.exit(128 + constants.signals[signal]))
    mkdirSync(`${this.scratch}/bin`)
    mkdirSync(`${this.scratch}/gnupg`, { mode: 0o700 })
    for (const [name, text] of Object.entries(STUBS))
      writeFileSync(`${this.scratch}/bin/${name}`, text, { mode: 0o755 })
    this.gpg('--quick-gen-key', 'bench', 'ed25519', 'sign', 'never')
  }

  /** @param {string[]} args */
  gpg(...args) {
    const options = ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '']
    const { status, stderr } = spawnSync('gpg', [...options, ...args], { env: this.env(), encoding: 'utf8' })
    if (status !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`)
  }

  env(home = this.scratch) {
    return {
      PATH: `${this.scratch}/bin:/usr/local/bin:/usr/bin:/bin`,
      HOME: home,
      USER: 'me',
      LANG: 'C.UTF-8',
      GNUPGHOME: `${this.scratch}/gnupg`,
      GIT_CONFIG_NOSYSTEM: '1',
    }
  }

  /**
   * Gives an empty home to `use`, and removes it afterwards: large ones should not fill the disk.
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
   * How to call ours, the script where there is one, a node that does nothing, and ours only to load it.
   * @param {string} command
   * @param {string} home
   * @param {string[]} args
   * @returns {{ ours: Call, script: Call | undefined, empty: Call, load: Call }}
   */
  calls(command, home, args, node = process.execPath) {
    const env = this.env(home)
    const interpreter = command === 'watch' ? '/bin/bash' : '/usr/bin/python3'
    const script = { line: [interpreter, `${this.reference}/cross-agent-${command}`, ...args], env }
    return {
      ours: { line: [node, binOf(command), ...args], env },
      script: this.reference === undefined ? undefined : script,
      empty: { line: [node, '-e', '0'], env },
      load: { line: [node, binOf(command), '--version'], env },
    }
  }

  /**
   * Starts a program as the leader of a process group.
   * @param {Call} call
   * @param {StdioOptions} stdio
   */
  start({ line: [program = '', ...args], env }, stdio) {
    const child = spawn(program, args, { env, stdio, cwd: this.scratch, detached: true })
    this.#running.add(child)
    return child.once('exit', () => this.#running.delete(child))
  }

  /** @param {ChildProcess} child */
  kill({ pid }) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // The whole group has ended by itself.
    }
  }

  #end() {
    for (const child of this.#running) this.kill(child)
    // gpg's agent outlives the command that started it.
    spawnSync('gpgconf', ['--kill', 'all'], { env: this.env() })
    removeFolder(this.scratch)
  }
}

/** @param {string} folder */
function removeFolder(folder) {
  // What was killed a moment ago may still write one last file.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
