import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Home, type Outcome, outcomeOf, type RunOptions } from './home'

/** Every system call by which a command may change what is on disk. */
const CALLS = [
  'openat',
  'mkdir',
  'write',
  'fsync',
  'link',
  'rename',
  'unlink',
  'rmdir',
  'chmod',
  'fchmod',
  'ftruncate',
]

/** Options of strace for a file system without hard links. */
export const NO_LINKS = ['-e', 'inject=link,linkat:error=EPERM']

/** A call that changes something below the home. */
export interface Call {
  readonly name: string
  /** Which of its name, counted from 1. */
  readonly count: number
  /** How many of its name touch the home before it. */
  readonly before: number
  readonly line: string
}

/** What is run at each call, from the same beginning. */
export interface Subject {
  readonly home: Home
  /** The program and its arguments. */
  readonly command: readonly string[]
  readonly options: RunOptions
  /** As on a file system without hard links: each call that makes one fails. */
  readonly withoutLinks?: boolean
  /** Makes all as it was at the beginning. */
  prepare(): void
}

/**
 * Runs a command under strace. One of node's own writes that is failed instead of ours (it tells the event loop of a
 * child's end by a pipe) makes node wait forever, which proves nothing about us: then it is killed.
 */
async function traced(subject: Subject, options: readonly string[]): Promise<Outcome> {
  const { home, command, withoutLinks = false } = subject
  const trace = traceOf(subject)
  rmSync(trace, { force: true })
  const args = ['-o', trace, ...options, ...(withoutLinks ? NO_LINKS : []), ...command]
  const child = home.spawn('strace', args, { ...subject.options, detached: true })
  const ended = outcomeOf(child)
  const look = setInterval(() => {
    const hit = traceLines(subject).find((line) => line.includes('(INJECTED)'))
    if (hit === undefined || hit.includes(home.path)) return
    clearInterval(look)
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }, 100)
  return ended.finally(() => clearInterval(look))
}

const traceOf = ({ home }: Subject) => join(home.path, 'trace')

function traceLines(subject: Subject): string[] {
  const trace = traceOf(subject)
  return existsSync(trace) ? readFileSync(trace, 'utf8').split('\n') : []
}

/** The calls of a whole run, which must end with 0, that change something below the home. */
export async function callsOf(subject: Subject): Promise<Call[]> {
  subject.prepare()
  const { exitCode, stderr } = await traced(subject, ['-y', '-e', `trace=${CALLS.join(',')}`])
  if (exitCode !== 0) throw new Error(`the whole run ended with ${exitCode}: ${stderr}`)
  const all = traceLines(subject)
  return CALLS.flatMap((name) => {
    const named = all.filter((line) => line.startsWith(`${name}(`))
    let before = 0
    return named.flatMap((line, at) => {
      if (!line.includes(subject.home.path)) return []
      const call = { name, count: at + 1, before: before++, line }
      const changes =
        name !== 'openat' ||
        line.includes('O_CREAT') ||
        // To list a folder, or to look into one before something is removed from it, changes nothing.
        /O_CLOEXEC\|O_DIRECTORY/.test(line.replace(/O_(?:NONBLOCK|NOFOLLOW)\|O_CLOEXEC\|O_DIRECTORY/, ''))
      return changes ? [call] : []
    })
  })
}

/**
 * A run to which something happens at one of its calls: `signal=KILL`, or `error=EIO`. Now and then node makes a call
 * more or fewer of its own before, so that another one is hit: then it is tried again, one call later or earlier.
 */
export async function atCall(
  { name, count, before, line }: Call,
  what: string,
  subject: Subject,
): Promise<Outcome> {
  let when = count
  for (let tries = 0; tries < 40; tries++) {
    subject.prepare()
    const outcome = await traced(subject, [
      '-y',
      '-e',
      // Only what is traced can be made to fail.
      `trace=${subject.withoutLinks ? `${name},link,linkat` : name}`,
      '-e',
      `inject=${name}:${what}:when=${when}`,
    ])
    const seen = traceLines(subject).filter((call) => call.startsWith(`${name}(`))
    // Killed at its last call; where there were fewer calls than that, nothing was hit.
    const killedAt = outcome.exitCode === 0 ? -1 : seen.length - 1
    const hit = what === 'signal=KILL' ? killedAt : seen.findIndex((call) => call.includes('(INJECTED)'))
    const passed = seen.slice(0, Math.max(0, hit)).filter((call) => call.includes(subject.home.path)).length
    const ours = seen[hit]?.includes(subject.home.path) === true
    if (ours && passed === before && outcome.exitCode !== 0) return outcome
    when = Math.max(1, when + (hit < 0 || passed > before ? -1 : 1))
  }
  throw new Error(`never hit: ${line}`)
}
