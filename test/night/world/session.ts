import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CommandRan, SessionBegan } from '../history'
import { kill, type Machine, type Outcome } from './machine'
import type { Recorder } from './recorder'

/** What the history says about a command besides how it ended. */
export type About = Pick<CommandRan, 'token' | 'hook'>

interface Running {
  readonly at: number
  readonly note: Omit<CommandRan, 'at' | 'ended' | 'exit' | 'stdout' | 'stderr' | 'what'>
  readonly resolve: (outcome: Outcome) => void
}

/** What a shell says of a program that a signal ended. */
const FIRST_SIGNAL = 128

let sessions = 0

/** An agent that is there: its process, and the commands that it runs. */
export class Session {
  readonly name: string
  isOver = false
  readonly #body: ChildProcess
  readonly #running = new Map<number, Running>()
  #pid = 0
  #count = 0
  #ends: () => void = () => {}
  /** Resolves when it is over, however it ended. */
  readonly over = new Promise<void>((resolve) => {
    this.#ends = resolve
  })

  readonly machine: Machine
  readonly project: string
  readonly kind: SessionBegan['kind']
  readonly recorder: Recorder

  private constructor(
    machine: Machine,
    project: string,
    kind: SessionBegan['kind'],
    recorder: Recorder,
    body: string,
  ) {
    this.machine = machine
    this.project = project
    this.kind = kind
    this.recorder = recorder
    this.name = `${machine.name}.${project}.${++sessions}`
    const [program, ...args] = machine.line([process.execPath, body])
    this.#body = spawn(program, args, { env: machine.env, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] })
    this.#body.stdin?.on('error', () => {})
    this.#body.once('close', () => this.#end())
    this.#body.once('error', () => this.#end())
  }

  /** Undefined where it was killed before it began. */
  static async begin(
    machine: Machine,
    project: string,
    kind: SessionBegan['kind'],
    recorder: Recorder,
    body: string,
  ): Promise<Session | undefined> {
    const session = new Session(machine, project, kind, recorder, body)
    const isThere = new Promise<void>((resolve) => {
      createInterface({ input: session.#body.stdout ?? process.stdin }).on('line', (line) => {
        const said: { id?: number; pid?: number } & Outcome = JSON.parse(line)
        if (said.pid !== undefined) session.#pid = said.pid
        else session.#hear(said.id ?? -1, said)
        resolve()
      })
    })
    await Promise.race([isThere, session.over])
    if (session.isOver) return undefined
    recorder.note({ what: 'session began', machine: machine.name, project, session: session.name, kind })
    return session
  }

  get folder(): string {
    return join(this.machine.home, 'projects', this.project)
  }

  /** The process that is the agent. */
  get pid(): number {
    return this.#pid
  }

  /** Runs one of the commands in the project. Its exit is null where nobody knows how it ended. */
  run(
    command: string,
    args: readonly string[],
    about: About & { readonly input?: string } = {},
  ): Promise<Outcome> {
    const { input, ...known } = about
    // A hook is a child of the agent and needs no variable. A loop says who it is.
    const env: Record<string, string> =
      this.kind === 'loop'
        ? { CROSS_AGENT_SESSION: String(this.#pid) }
        : this.kind === 'hook'
          ? { CROSS_AGENT_SESSION: this.name }
          : {}
    return this.#ask([`cross-agent-${command}`, ...args], about.hook === undefined ? env : {}, input, {
      machine: this.machine.name,
      session: this.name,
      project: this.project,
      command,
      kind: this.machine.kind,
      args,
      ...known,
    })
  }

  #ask(
    words: readonly string[],
    env: Record<string, string>,
    input: string | undefined,
    note: Running['note'],
  ): Promise<Outcome> {
    if (this.isOver) return Promise.resolve({ exit: null, stdout: '', stderr: '' })
    const id = this.#count++
    return new Promise((resolve) => {
      this.#running.set(id, { at: this.recorder.now(), note, resolve })
      this.#body.stdin?.write(`${JSON.stringify({ id, words, cwd: this.folder, env, input })}\n`)
    })
  }

  #hear(id: number, { exit, stdout, stderr }: Outcome): void {
    const running = this.#running.get(id)
    if (running === undefined) return
    this.#running.delete(id)
    const outcome = { exit: exit !== null && exit > FIRST_SIGNAL ? null : exit, stdout, stderr }
    this.recorder.note({ what: 'command', ...running.note, ...outcome }, running.at)
    running.resolve(outcome)
  }

  #end(): void {
    if (this.isOver) return
    this.isOver = true
    for (const id of [...this.#running.keys()]) this.#hear(id, { exit: null, stdout: '', stderr: '' })
    const how = this.#isLeaving ? 'ended' : 'killed'
    if (this.#pid !== 0)
      this.recorder.note({ what: 'session ended', machine: this.machine.name, session: this.name, how })
    this.#ends()
  }

  #isLeaving = false

  /** Ends the agent in order: what it runs is over before. */
  async leave(): Promise<void> {
    this.#isLeaving = true
    this.#body.stdin?.end()
    // Its waiter goes with it.
    kill(this.#pid)
    await this.over
  }
}
