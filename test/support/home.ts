import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { binOf } from '../../scripts/project.mjs'
import { USED_HOMES } from './used-homes'

export interface Outcome {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** The program gets a process group of its own. */
  readonly detached?: boolean
}

/** A real home folder of its own, below the temporary folder, and the commands run in it. */
export class Home {
  readonly path = mkdtempSync(join(tmpdir(), 'cac-'))
  /** Searched for programs before the system's folders. */
  readonly programs = join(this.path, 'programs')
  readonly machine = hostname().split('.')[0] ?? ''
  #gnupg: string | undefined

  /** Removes the home, once its gpg agent is gone. */
  remove(): void {
    if (this.#gnupg !== undefined) {
      const env = { ...process.env, GNUPGHOME: this.#gnupg }
      // Where there is a /run/user, gpg has put its sockets there.
      for (const action of [['--kill', 'all'], ['--remove-socketdir']])
        spawnSync('gpgconf', action, { env, stdio: 'ignore' })
    }
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 })
  }

  /** Notes that somebody must remove it: a home may be made for tests that are all left out. */
  use(): void {
    const used = process.env[USED_HOMES]
    if (used !== undefined) writeFileSync(join(used, basename(this.path)), '')
  }

  /** The minimal environment of a command: nothing of the caller's. */
  get env(): Record<string, string> {
    this.use()
    return {
      HOME: this.path,
      PATH: `${this.programs}:/usr/local/bin:/usr/bin:/bin:/usr/sbin`,
      LANG: 'C.UTF-8',
      TMPDIR: tmpdir(),
      GIT_CONFIG_NOSYSTEM: '1',
      ...(this.#gnupg === undefined ? {} : { GNUPGHOME: this.#gnupg }),
    }
  }

  inbox(project: string): string {
    return join(this.path, 'projects', project, 'inbox/from-agents')
  }

  /** Writes a file below the home, with the folders above it; returns its path. */
  write(path: string, content: string | Uint8Array, mode?: number): string {
    const file = join(this.path, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content, mode === undefined ? {} : { mode })
    return file
  }

  /** Puts a program of our own before the real ones: for what those will not do on demand. */
  stub(name: string, script: string): void {
    this.write(`programs/${name}`, `#!/bin/sh\n${script}\n`, 0o755)
  }

  /** Makes a keyring without a key. Its folder must have a short path. */
  makeKeyring(): void {
    this.#gnupg = join(this.path, 'gpg')
    mkdirSync(this.#gnupg, { mode: 0o700 })
  }

  /** Makes a throwaway key that gpg uses in this home, beside those that are there. */
  async makeKey(name = 'tester', passphrase = ''): Promise<void> {
    if (this.#gnupg === undefined) this.makeKeyring()
    const args = [
      '--batch',
      '--quiet',
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      passphrase,
      '--quick-gen-key',
      name,
    ]
    const made = await this.exec('gpg', [...args, 'ed25519', 'sign', 'never'])
    if (made.exitCode !== 0) throw new Error(`no key: ${made.stderr}`)
  }

  /** Starts one of our built commands. */
  start(command: string, args: readonly string[], options: RunOptions = {}): ChildProcess {
    return this.spawn(process.execPath, [binOf(command), ...args], options)
  }

  /** Runs one of our built commands to its end. */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return outcomeOf(this.start(command, args, options)).then(withoutWaiting)
  }

  /** Runs any program to its end. */
  exec(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return outcomeOf(this.spawn(program, args, options)).then(withoutWaiting)
  }

  /** Starts any program. */
  spawn(program: string, args: readonly string[], { env, cwd, detached }: RunOptions = {}): ChildProcess {
    return spawn(program, args, {
      detached: detached ?? false,
      cwd: cwd ?? this.path,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}

/** Only a busy machine makes a command say that it waits for gpg (contract B75): no test depends on that. */
function withoutWaiting(outcome: Outcome): Outcome {
  return { ...outcome, stderr: outcome.stderr.replace(/^waiting for gpg to .*\n/gm, '') }
}

/** Collects what a program says until it ends. */
export function outcomeOf(child: ChildProcess, encoding: BufferEncoding = 'utf8'): Promise<Outcome> {
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding(encoding).on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr?.setEncoding(encoding).on('data', (text: string) => {
    output.stderr += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, ...output }))
  })
}
