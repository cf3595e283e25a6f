import type { ChildProcess } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { binOf } from '../../scripts/project.mjs'
import type { Home } from './home'

const RECV = `'${process.execPath}' '${binOf('recv')}'`
/**
 * Takes and finishes messages until nothing is left. It notes when it has a message in hand, and when it lets it go: the
 * lines of all loops are in one file, and each is appended by one write.
 */
const LOOP = `export CROSS_AGENT_SESSION=$$
while :; do
  message=$(${RECV} --next --take); code=$?
  [ $code -eq 6 ] && exit 0
  [ $code -le 1 ] || { echo "ended with $code" >&2; exit 1; }
  file=$(printf '%s\\n' "$message" | sed -n 's/^file: //p' | head -n 1)
  talk=$(printf '%s\\n' "$message" | sed -n 's/^conversation_id: //p' | head -n 1)
  # A loop that was killed during --done leaves a message that is done already: dedup.
  if [ $code -eq 0 ]; then
    echo "begin $$ $talk \${file##*/}" >> "$NOTES"
    echo "end $$ $talk \${file##*/}" >> "$NOTES"
  fi
  ${RECV} --done "$file" > /dev/null || exit 1
done`

/** What a loop noted: that it began a message, that it handled it, or that it was killed. */
export interface Note {
  readonly what: 'begin' | 'end' | 'killed'
  readonly loop: string
  readonly conversation: string
  readonly name: string
}

/** Competing loops of one project. A loop that is killed is begun again. */
export class TakeLoops {
  readonly #home: Home
  readonly #inbox: string
  readonly #notes: string
  readonly #running = new Set<ChildProcess>()
  readonly said: string[] = []
  kills = 0

  constructor(home: Home, project: string) {
    this.#home = home
    this.#inbox = home.inbox(project)
    this.#notes = join(home.path, 'notes')
  }

  waiting(): number {
    return readdirSync(this.#inbox).filter((name) => name.endsWith('.org')).length
  }

  done(): string[] {
    const folder = join(this.#inbox, 'done')
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.org')) : []
  }

  notes(): Note[] {
    if (!existsSync(this.#notes)) return []
    const lines = readFileSync(this.#notes, 'utf8').split('\n').slice(0, -1)
    return lines.flatMap((line) => {
      const [what, loop = '', conversation = '', name = ''] = line.split(' ')
      return what === 'begin' || what === 'end' || what === 'killed'
        ? [{ what, loop, conversation, name }]
        : []
    })
  }

  /** Runs a loop, again and again while anything waits. */
  async run(): Promise<void> {
    while (this.waiting() > 0) {
      const env = { NOTES: this.#notes }
      const child = this.#home.spawn('sh', ['-c', LOOP], { cwd: this.#inbox, env, detached: true })
      this.#running.add(child)
      child.stdout?.resume()
      child.stderr?.on('data', (text) => {
        if (!/^(nothing|who has what)/.test(String(text))) this.said.push(String(text))
      })
      await new Promise((resolve) => child.once('close', resolve))
      this.#running.delete(child)
      await sleep(20)
    }
  }

  /** Kills a loop with all that it started. Notes that after it is gone: from then on others may have what it had. */
  async kill(pick: (count: number) => number): Promise<boolean> {
    const loops = [...this.#running]
    const child = loops[pick(Math.max(1, loops.length))]
    if (child?.pid === undefined) return false
    const isClosed = new Promise((resolve) => child.once('close', resolve))
    // Stopped first, so that nobody can take what it has before its end is noted.
    process.kill(-child.pid, 'SIGSTOP')
    appendFileSync(this.#notes, `killed ${child.pid} - -\n`)
    process.kill(-child.pid, 'SIGKILL')
    await isClosed
    this.kills++
    return true
  }
}
