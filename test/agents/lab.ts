import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { commands, root } from '../../scripts/project.mjs'
import { Home, type Outcome, type RunOptions } from '../support/home'
import { until } from '../support/until'
import type { AgentProgram } from './agent'
import { Model } from './model/model'
import { Terminal } from './terminal'

/** The user and group `nobody`: an agent can do no more here than anywhere. */
const NOBODY = 65_534
/** The project that sends the mail. */
export const SENDER = 'mill'

/** A scratch home with a key, projects, our commands, one agent, and a model of its own. */
export class Lab extends Home {
  readonly agent: AgentProgram
  readonly projects: readonly string[]
  readonly model = new Model()
  #agentEnv: Record<string, string> = {}

  private constructor(agent: AgentProgram, projects: readonly string[]) {
    super()
    this.agent = agent
    this.projects = projects
  }

  /** `programs` is the folder with the installed agents. */
  static async open(agent: AgentProgram, programs: string, projects: readonly string[]): Promise<Lab> {
    const lab = new Lab(agent, [SENDER, ...projects])
    chownSync(lab.path, NOBODY, NOBODY)
    for (const folder of ['tmp', '.gnupg', 'programs']) lab.#makeFolder(folder)
    for (const command of commands) {
      const copy = join(lab.path, 'commands', command)
      cpSync(join(root, 'packages', command, 'dist'), copy, { recursive: true })
      symlinkSync(join(copy, `cross-agent-${command}.cjs`), join(lab.programs, `cross-agent-${command}`))
    }
    symlinkSync(join(programs, agent.name, agent.program), join(lab.programs, agent.name))
    // A login shell, as Codex uses it, begins with the system's PATH.
    lab.write('.profile', `PATH=${lab.programs}:$PATH\n`)
    await lab.must('gpg', [
      '--batch',
      '--quiet',
      '--passphrase',
      '',
      '--quick-gen-key',
      'agents',
      'ed25519',
      'sign',
      'never',
    ])
    for (const project of lab.projects) {
      lab.#makeFolder(`projects/${project}`)
      await lab.must('git', ['-c', 'init.defaultBranch=main', 'init', '-q', lab.folder(project)])
    }
    lab.#agentEnv = agent.prepare(lab, await lab.model.open())
    return lab
  }

  /** Installs our hooks, with all that they can do, as a person would. */
  async installHooks(): Promise<void> {
    await this.#writeHooks()
    if (this.agent.trust === undefined) return
    const terminal = await Terminal.open(this, SENDER, [this.agent.name])
    await this.agent.trust(terminal)
    await this.endAgents()
  }

  /** Takes our hooks away for something. They come back as they were, so the agent trusts them still. */
  async withoutHooks<Result>(use: () => Promise<Result>): Promise<Result> {
    await this.must('cross-agent-watch', ['--hook', this.agent.name, '--remove'])
    try {
      return await use()
    } finally {
      await this.#writeHooks()
    }
  }

  /** Ends what still runs in this home. */
  async endAgents(): Promise<void> {
    const areGone = () => {
      const left = this.processes()
      for (const { pid } of left) kill(pid, 'SIGKILL')
      return left.length === 0
    }
    await until(areGone, 'the end of all processes', 20_000)
    this.model.forget()
  }

  async close(): Promise<void> {
    await this.endAgents()
    this.model.close()
    this.remove()
  }

  override get env(): Record<string, string> {
    return {
      ...super.env,
      TMPDIR: join(this.path, 'tmp'),
      TERM: 'xterm-256color',
      SHELL: '/bin/bash',
      USER: 'nobody',
      ...this.#agentEnv,
    }
  }

  override spawn(program: string, args: readonly string[], { env, cwd }: RunOptions = {}): ChildProcess {
    return spawn(program, args, {
      cwd: cwd ?? this.path,
      env: { ...this.env, ...env },
      uid: NOBODY,
      gid: NOBODY,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  override write(path: string, content: string | Uint8Array, mode?: number): string {
    this.#makeFolder(dirname(path))
    const file = super.write(path, content, mode)
    chownSync(file, NOBODY, NOBODY)
    return file
  }

  folder(project: string): string {
    return join(this.path, 'projects', project)
  }

  /** Runs a program in a project; throws with its words if it fails. */
  async must(program: string, args: readonly string[], project?: string): Promise<string> {
    const cwd = project === undefined ? this.path : this.folder(project)
    const { exitCode, stdout, stderr } = await this.exec(program, args, { cwd })
    if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${exitCode}: ${stderr}${stdout}`)
    return stdout
  }

  /** Sends a message to a project; returns `performance.now()` when it was there. */
  async mail(project: string, ...options: string[]): Promise<number> {
    await this.must('cross-agent-send', [project, '-m', 'Is the flour ready?', ...options], SENDER)
    return performance.now()
  }

  /** Runs the agent for one prompt, to its end. */
  once(project: string, prompt: string, options: readonly string[] = []): Promise<Outcome> {
    const args = [...this.agent.once(prompt), ...options]
    return this.exec(this.agent.name, args, { cwd: this.folder(project) })
  }

  /** Starts the agent in a terminal; it takes a prompt. */
  async session(project: string, options: readonly string[] = []): Promise<Terminal> {
    const terminal = await Terminal.open(this, project, [this.agent.name, ...options])
    await terminal.shows(this.agent.isReady)
    return terminal
  }

  /** Processes of this home whose command line has a text. */
  processes(text = ''): { readonly pid: number; readonly command: string }[] {
    const pids = readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0)
    return pids
      .map((pid) => ({ pid, command: readProc(pid, 'cmdline'), env: readProc(pid, 'environ') }))
      .filter(({ command, env }) => command.includes(text) && env.includes(`HOME=${this.path} `))
  }

  /** What of ours runs: waiters and hooks. */
  ours(): string[] {
    return this.processes('cross-agent-').map(({ command }) => command)
  }

  async #writeHooks(): Promise<void> {
    const options = ['--install', '--allow', '--brake']
    await this.must('cross-agent-watch', ['--hook', this.agent.name, ...options])
  }

  #makeFolder(path: string): void {
    const folder = join(this.path, path)
    if (path === '.' || mkdirSync(folder, { recursive: true, mode: 0o700 }) === undefined) return
    for (let at = folder; at !== this.path; at = dirname(at)) chownSync(at, NOBODY, NOBODY)
  }
}

/** Sends a signal to a process that may be gone. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** A file of a process, its NULs as blanks. Empty if the process is gone. */
function readProc(pid: number, name: string): string {
  try {
    return `${readFileSync(`/proc/${pid}/${name}`, 'utf8').replaceAll('\0', ' ')} `
  } catch {
    return ''
  }
}
