import { readFileSync } from 'node:fs'
import { start } from '@cac/core/exec'

export const NOTIFY = 'notify'
export const TITLE = 'Cross-agent message'

/**
 * Calls notify for each argument, and tells by its exit code how many it left out: all from the one on for
 * which there was no notify any more. Where notify itself ends with such a code it is still there.
 */
const SCRIPT = `
while [ $# -gt 0 ]; do
  ${NOTIFY} info '${TITLE}' "$1" 2>/dev/null
  case $? in 126 | 127) hash -r; command -v ${NOTIFY} >/dev/null || exit $# ;; esac
  shift
done`

/**
 * Shows notifications one after the other, at most 125, each for at least `timeLimit` milliseconds and at most
 * twice that; returns those that were not. It leaves that to a shell: for a process of the size of node it takes
 * several times as long to start another. A shell that somebody kills has told of all, as far as we know: better
 * a message only logged than one told of twice. Rejects where the shell cannot be called at all.
 */
export function notifyInTurn(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  timeLimit: number,
): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const shell = start('/bin/sh', ['-c', SCRIPT, 'sh', ...texts], { env, output: 'passed on' })
    let former: string[] = []
    const timer = setInterval(() => {
      const current = childrenOf(shell.pid)
      // Dead, it lets the shell go on to the next.
      for (const pid of current) if (former.includes(pid)) kill(Number(pid))
      former = current
    }, timeLimit)
    const end = (left: number) => {
      clearInterval(timer)
      resolve(left === 0 ? [] : texts.slice(-left))
    }
    shell.once('error', () => end(texts.length))
    shell.once('exit', (code) => end(code ?? 0))
  })
}

function childrenOf(pid: number | undefined): string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  } catch {
    return []
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}
