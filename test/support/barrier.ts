import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Lets programs that run side by side wait for each other, and tells how many of them did run at once. */
export class Barrier {
  readonly #log: string
  /** For a stub: goes on once `count` of its kind have come this far. */
  readonly script: string

  constructor(folder: string, count: number) {
    const gate = join(folder, 'gate')
    this.#log = join(folder, 'side-by-side')
    const { status } = spawnSync('mkfifo', [gate])
    if (status !== 0) throw new Error(`no fifo ${gate}`)
    // The fifo is open before one counts: else what opens it could be gone before the last reads it.
    this.script = `exec 3<>'${gate}'
echo begin >> '${this.#log}'
[ "$(grep -c begin '${this.#log}')" -lt ${count} ] || printf '${'\\n'.repeat(count)}' >&3
read -r line <&3
exec 3>&-
echo end >> '${this.#log}'`
  }

  /** The most that were between their beginning and their end at the same time. */
  get mostAtOnce(): number {
    let running = 0
    let most = 0
    for (const line of readFileSync(this.#log, 'utf8').trimEnd().split('\n')) {
      running += line === 'begin' ? 1 : -1
      most = Math.max(most, running)
    }
    return most
  }
}
