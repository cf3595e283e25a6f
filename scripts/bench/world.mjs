// @ts-check
/** Where everything is measured: homes, a key, a peer, and how to call the commands and the scripts there. */
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir, userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { binOf } from '../project.mjs'

/** @import { ChildProcess, StdioOptions } from 'node:child_process' */
/** @typedef {{ line: string[], env: NodeJS.ProcessEnv }} Call The program and its arguments; the whole environment. */

const PORT = 20_000 + (process.pid % 20_000)

/**
 * A scratch folder. Nothing of the caller's environment gets in, least of all NODE_EXTRA_CA_CERTS: reading it takes
 * some versions of node as long as their whole start. When this process ends, even by a failure, Ctrl-C or kill, the
 * folder and all that was started are gone.
 */
export class World {
  // The name is short, because gpg's sockets have room for few letters.
  scratch = mkdtempSync(`${tmpdir()}/cac-bench-`)
  /** The home of the one machine that all peers are. */
  peer = `${this.scratch}/peer`
  /** @type {Set<ChildProcess>} */
  #running = new Set()
  #homes = 0

  /** @param {string | undefined} reference The folder of the scripts; undefined where ours is measured alone. */
  constructor(reference) {
    this.reference = reference
    process.once('exit', () => this.#end())
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.once(signal, () => process.exit(128 + constants.signals[signal]))
    mkdirSync(`${this.scratch}/bin`)
    mkdirSync(`${this.scratch}/gnupg`, { mode: 0o700 })
    // Nothing is to reach out of the scratch folder.
    const ssh = `exec /usr/bin/ssh -F "${this.scratch}/sshd/config" "$@"`
    for (const [name, text] of Object.entries({ systemctl: '', ssh }))
      writeFileSync(`${this.scratch}/bin/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    this.gpg('--quick-gen-key', 'bench', 'ed25519', 'sign', 'never')
  }

  /** @param {string[]} args */
  gpg(...args) {
    const options = ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '']
    const { status, stderr } = spawnSync('gpg', [...options, ...args], { env: this.env(), encoding: 'utf8' })
    if (status !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`)
  }

  env(home = this.scratch) {
    const PATH = `${this.scratch}/bin:/usr/local/bin:/usr/bin:/bin`
    const own = { PATH, HOME: home, USER: userInfo().username, GNUPGHOME: `${this.scratch}/gnupg` }
    return { ...own, LANG: 'C.UTF-8', GIT_CONFIG_NOSYSTEM: '1' }
  }

  /** An empty one. */
  makeHome() {
    const home = `${this.scratch}/home${this.#homes++}`
    mkdirSync(home)
    return home
  }

  /** Ours, the script if it is there, and an empty node. @param {string} command @param {string} home @param {string[]} args */
  calls(command, home, args, node = process.execPath) {
    const env = this.env(home)
    const interpreter = command === 'watch' ? '/bin/bash' : '/usr/bin/python3'
    const script = { line: [interpreter, `${this.reference}/cross-agent-${command}`, ...args], env }
    return {
      ours: { line: [node, binOf(command), ...args], env },
      script: this.reference === undefined ? undefined : script,
      empty: { line: [node, '-e', '0'], env },
    }
  }

  /** Starts a program as the leader of a process group. @param {Call} call @param {StdioOptions} stdio */
  start({ line: [program = '', ...args], env }, stdio) {
    const child = spawn(program, args, { env, stdio, cwd: this.scratch, detached: true })
    this.#running.add(child)
    return child.once('exit', () => this.#running.delete(child))
  }

  /** Starts that machine, a real sshd, the first time. ssh reaches it by any name. */
  async startMachine() {
    const folder = `${this.scratch}/sshd`
    if (existsSync(folder)) return
    mkdirSync(folder)
    for (const name of ['host_key', 'key'])
      spawnSync('ssh-keygen', ['-qt', 'ed25519', '-N', '', '-f', `${folder}/${name}`])
    copyFileSync(`${folder}/key.pub`, `${folder}/authorized_keys`)
    const client = `HostName 127.0.0.1|Port ${PORT}|IdentityFile ${folder}/key|IdentitiesOnly yes|IdentityAgent none
StrictHostKeyChecking no|UserKnownHostsFile /dev/null|GlobalKnownHostsFile /dev/null|LogLevel ERROR`
    const server = `ListenAddress 127.0.0.1|Port ${PORT}|HostKey ${folder}/host_key|PidFile ${folder}/pid|UsePAM no
AuthorizedKeysFile ${folder}/authorized_keys|StrictModes no|UseDNS no|SetEnv HOME=${this.peer} PATH=${this.env().PATH}`
    writeFileSync(`${folder}/config`, client.replaceAll('|', '\n'))
    writeFileSync(`${folder}/sshd_config`, server.replaceAll('|', '\n'))
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const line = ['/usr/sbin/sshd', '-D', '-f', `${folder}/sshd_config`, '-E', `${folder}/log`]
    const daemon = this.start({ line, env: process.env }, 'ignore')
    // This process does not wait for its end.
    daemon.unref()
    for (; !existsSync(`${folder}/pid`); await sleep(20))
      if (daemon.exitCode !== null) throw new Error('sshd does not start')
  }

  /** @param {ChildProcess} child */
  kill({ pid }) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {} // The whole group has ended by itself.
  }

  #end() {
    for (const child of this.#running) this.kill(child)
    // gpg's agent outlives the command that started it.
    spawnSync('gpgconf', ['--kill', 'all'], { env: this.env() })
    removeFolder(this.scratch)
  }
}

/** What was killed a moment ago may still write one last file. @param {string} folder */
export const removeFolder = (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
