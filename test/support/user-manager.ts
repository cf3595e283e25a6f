import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Home } from './home'

const SYSTEMD = '/usr/lib/systemd/systemd'
/** Milliseconds in which it starts or ends, also on a busy machine. */
const LIMIT = 60_000
const HIERARCHIES = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified', '/sys/fs/cgroup']

/**
 * A real `systemd --user` for a home, also where systemd is not the first process. It gets a control group of
 * its own before anything else, for it moves every process of the one it starts in; and a folder by which
 * systemctl knows a systemd, in a mount namespace of its own.
 */
const START = `
  for hierarchy in ${HIERARCHIES.join(' ')}; do
    if [ -e "$hierarchy/cgroup.procs" ]; then mkdir -p "$hierarchy/$GROUP" && echo $$ > "$hierarchy/$GROUP/cgroup.procs"; fi
  done
  exec unshare --mount --propagation private sh -c '
    if [ ! -d /run/systemd/system ]; then
      mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && mkdir /run/systemd/system
    fi
    cd / && exec setsid "$0" --user --log-target=console
  ' ${SYSTEMD}`

export class UserManager {
  readonly #runtime = mkdtempSync(join(tmpdir(), 'cac-run-'))
  readonly #group = `test-${basename(this.#runtime)}`
  readonly #home: Home
  #process: ChildProcess | undefined
  #log = ''

  constructor(home: Home) {
    this.#home = home
  }

  get env(): Record<string, string> {
    return { ...this.#home.env, XDG_RUNTIME_DIR: this.#runtime }
  }

  /** Whether it came up; if not, `log` says why. */
  async start(): Promise<boolean> {
    if (!existsSync(SYSTEMD)) return false
    mkdirSync(join(this.#home.path, '.config/systemd/user'), { recursive: true })
    const env = { ...this.env, GROUP: this.#group, USER: 'root', LOGNAME: 'root', SHELL: '/bin/sh' }
    this.#process = spawn('sh', ['-c', START], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text
      })
    }
    for (const end = Date.now() + LIMIT; this.#isRunning && Date.now() < end; await sleep(50)) {
      if (this.systemctl('list-units').status === 0) return true
    }
    return false
  }

  get #isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null
  }

  get log(): string {
    return this.#log
  }

  systemctl(...args: string[]): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync('systemctl', ['--user', ...args], {
      env: this.env,
      encoding: 'utf8',
    })
    return { status, output: (stdout + stderr).trim() }
  }

  /** The value of a unit's property. */
  property(unit: string, name: string): string {
    return this.systemctl('show', '--value', '--property', name, unit).output
  }

  async stop(): Promise<void> {
    this.systemctl('exit')
    for (const end = Date.now() + LIMIT; this.#isRunning && Date.now() < end; ) await sleep(50)
    this.#process?.kill('SIGKILL')
    for (const hierarchy of HIERARCHIES) {
      const folder = join(hierarchy, this.#group)
      if (existsSync(join(folder, 'cgroup.procs')))
        spawnSync('find', [folder, '-depth', '-type', 'd', '-delete'])
    }
    rmSync(this.#runtime, { recursive: true, force: true })
  }
}

/** The process number of a unit's main process, once it is one of this program; undefined until then. */
export function mainProcess(manager: UserManager, unit: string, program: string): number | undefined {
  const pid = Number(manager.property(unit, 'MainPID'))
  if (!(pid > 0) || !existsSync(`/proc/${pid}`)) return undefined
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program) ? pid : undefined
}
