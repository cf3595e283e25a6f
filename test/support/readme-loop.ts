import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { binOf, commands } from '../../scripts/project.mjs'
import type { Home } from './home'
import { readmeLines } from './readme'

/** The README's loop in one project, begun again whenever it ends, with a `handle` that notes each message. */
export class ReadmeLoop {
  readonly home: Home
  readonly project: string
  /** The sums of messages that were in hand when the loop was killed: noted by `handle`, still in the inbox. */
  readonly inHand: string[] = []
  /** What the loop stopped at or complained of. */
  readonly said: string[] = []
  kills = 0
  #running: ChildProcess | undefined
  #isEnding = false

  constructor(home: Home, project: string) {
    this.home = home
    this.project = project
  }

  /** The messages that lie in the inbox, or in a folder within it. */
  names(folder = '.'): string[] {
    const path = join(this.home.inbox(this.project), folder)
    return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.org')) : []
  }

  /** The sums of the messages in a folder. A name alone may be used again, once it has left the inbox. */
  sums(folder = '.'): string[] {
    const path = join(this.home.inbox(this.project), folder)
    return this.names(folder).map((name) =>
      createHash('sha256')
        .update(readFileSync(join(path, name)))
        .digest('hex'),
    )
  }

  /** The sums that `handle` noted, in order. */
  handled(): string[] {
    const log = join(this.home.path, `handled-${this.project}`)
    return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []
  }

  /** Runs loops one after the other until `end`. Killed ones tell what they had in hand. */
  async run(): Promise<void> {
    const [loop = ''] = readmeLines('The loop')
    const temporary = join(this.home.path, 'tmp')
    mkdirSync(temporary, { recursive: true })
    while (!this.#isEnding) {
      const child = this.home.spawn('sh', ['-c', loop], {
        cwd: join(this.home.path, 'projects', this.project),
        // What a killed send leaves behind stays in the home.
        env: { PROJECT: this.project, TMPDIR: temporary },
        detached: true,
      })
      let said = ''
      child.stdout?.resume()
      child.stderr?.on('data', (text) => {
        said += text
      })
      this.#running = child
      const signal = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)))
      this.#running = undefined
      if (signal === 'SIGKILL') this.#noteKill()
      else if (said !== `nothing waits in ${this.project}\n`) this.said.push(said)
      if (this.names().length === 0) await sleep(20)
    }
  }

  /** Kills a running loop with all that it started; waits for one, and resolves when it is gone. */
  async kill(delay: number): Promise<void> {
    for (const before = this.kills; this.kills === before; ) {
      await sleep(delay + 1)
      const child = this.#running
      if (child?.pid === undefined) continue
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has just ended by itself.
      }
      while (this.#running === child) await sleep(5)
    }
  }

  end(): void {
    this.#isEnding = true
  }

  #noteKill(): void {
    this.kills++
    const noted = new Set(this.handled())
    this.inHand.push(...this.sums().filter((sum) => noted.has(sum)))
  }
}

/** Puts the commands on PATH, and a `handle` that notes the message's sum and answers a request. */
export function makePrograms(home: Home): void {
  for (const command of commands)
    home.stub(`cross-agent-${command}`, `exec '${process.execPath}' '${binOf(command)}' "$@"`)
  home.stub(
    'handle',
    [
      'message=$(cat)',
      `file=$(printf '%s\\n' "$message" | sed -n '1,/^file: /s/^file: //p')`,
      `printf '%s\\n' "$message" | sed -n '1,/^file: /s/^sha256: //p' >> "$HOME/handled-$PROJECT"`,
      'case $message in',
      `  *'message_type: request'*) exec cross-agent-send --reply-to "$file" --type complete -m "Done." ;;`,
      'esac',
    ].join('\n'),
  )
}
