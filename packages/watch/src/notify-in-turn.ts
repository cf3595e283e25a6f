import { readFileSync } from 'node:fs'
import { LOOK_EVERY, Program } from '@cac/core/programs/program'

export const NOTIFY = 'notify'
export const TITLE = 'Cross-agent message'

/** The brake's path, and whether the brake is set. A shell does not notice a brake that cannot be read. */
export interface Brake {
  readonly haltFile: string
  isHalted(): boolean
}

/**
 * Shows notifications one after the other, at most 125, each for at least `timeLimit` milliseconds and at most
 * twice that; returns those that were not, but none of those that HALT kept back. It leaves that to a shell: for a
 * process of the size of node it takes several times as long to start another. A shell that somebody kills has told
 * of all, as far as we know: better a message only logged than one told of twice. Rejects where the script cannot be
 * read.
 */
export async function notifyInTurn(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  timeLimit: number,
  { haltFile, isHalted }: Brake,
): Promise<readonly string[]> {
  const { default: script } = await import('./notify-in-turn.sh?raw')
  const words = ['-c', script, 'sh', haltFile, NOTIFY, TITLE, ...texts]
  const shell = new Program('/bin/sh', words, { env, output: 'passed on' })
  let former: string[] = []
  const timer = setInterval(() => {
    const current = childrenOf(shell.pid)
    // After its end, the shell goes on to the next notification.
    for (const pid of current) if (former.includes(pid)) kill(Number(pid), 'SIGKILL')
    former = current
  }, timeLimit)
  const brake = setInterval(() => {
    if (isHalted()) endAtOnce(shell.pid)
  }, LOOK_EVERY)
  const { exitCode = 0, failure } = await shell.ended
  clearInterval(timer)
  clearInterval(brake)
  const left = failure === 'not-found' || failure === 'not-started' ? texts.length : exitCode
  return left === 0 ? [] : texts.slice(-left)
}

/** Stops the shell first: it must not start the next notification when the current one ends. */
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
