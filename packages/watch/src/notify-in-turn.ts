import { readFileSync } from 'node:fs'
import { start } from '@cac/core/programs/exec'

export const NOTIFY = 'notify'
export const TITLE = 'Cross-agent message'

/**
 * Calls notify for each argument but the first, the HALT file, and looks for that before each call (contract B37).
 * Tells by its exit code how many it left out: all from the one on for which there was no notify any more. Where
 * notify itself ends with such a code it is still there.
 */
const SCRIPT = `
halt=$1
shift
while [ $# -gt 0 ]; do
  if [ -e "$halt" ] || [ -L "$halt" ]; then exit 0; fi
  ${NOTIFY} info '${TITLE}' "$1" 2>/dev/null
  case $? in 126 | 127) hash -r; command -v ${NOTIFY} >/dev/null || exit $# ;; esac
  shift
done`

/** Milliseconds between two looks at the brake while notifications are shown. */
const LOOK_EVERY = 250

/** Where the brake is, and whether it is set: also where it cannot be read, which a shell does not notice. */
export interface Brake {
  readonly haltFile: string
  isHalted(): boolean
}

/**
 * Shows notifications one after the other, at most 125, each for at least `timeLimit` milliseconds and at most
 * twice that; returns those that were not, but none of those that HALT kept back. It leaves that to a shell: for a
 * process of the size of node it takes several times as long to start another. A shell that somebody kills has told
 * of all, as far as we know: better a message only logged than one told of twice. Rejects where the shell cannot be
 * called at all.
 */
export function notifyInTurn(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  timeLimit: number,
  { haltFile, isHalted }: Brake,
): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const shell = start('/bin/sh', ['-c', SCRIPT, 'sh', haltFile, ...texts], { env, output: 'passed on' })
    let former: string[] = []
    const timer = setInterval(() => {
      const current = childrenOf(shell.pid)
      // Dead, it lets the shell go on to the next.
      for (const pid of current) if (former.includes(pid)) kill(Number(pid), 'SIGKILL')
      former = current
    }, timeLimit)
    const brake = setInterval(() => {
      if (isHalted()) endAtOnce(shell.pid)
    }, LOOK_EVERY)
    const end = (left: number) => {
      clearInterval(timer)
      clearInterval(brake)
      resolve(left === 0 ? [] : texts.slice(-left))
    }
    shell.once('error', () => end(texts.length))
    shell.once('exit', (code) => end(code ?? 0))
  })
}

/** The shell is held first: it must not go on to the next notification when the one being shown is ended. */
function endAtOnce(shell: number | undefined): void {
  if (shell === undefined) return
  kill(shell, 'SIGSTOP')
  const children = childrenOf(shell)
  kill(shell, 'SIGKILL')
  for (const pid of children) kill(Number(pid), 'SIGKILL')
}

function childrenOf(pid: number | undefined): string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  } catch {
    return []
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended by itself.
  }
}
