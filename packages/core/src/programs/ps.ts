import type { Running } from './process-id'

/**
 * What ps tells of a process. A keyword for each `-o`: POSIX takes all that follows `=` for the heading. `lstart`
 * is exact to the second.
 */
const COLUMNS = ['pid=', 'ppid=', 'stat=', 'tty=', 'lstart=', 'command='].flatMap((column) => ['-o', column])
const LINE = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)(?:\s+(.*))?$/gm
/** What ps writes for a process without a terminal. */
const NO_TERMINAL = /^(?:\?+|-+)$/
/**
 * The system's own programs: others of these names may know other options. In UTC, because the time of a start must not
 * change with the clock's zone.
 */
const ENV = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC0' }
/** Milliseconds that one of these programs may take. */
const TIME_LIMIT = 5_000

/**
 * Looks at a process where there is no /proc, as on macOS. `gone` only if no process answers to that number either: a
 * jail or a setting may hide processes. Undefined if that cannot be told.
 */
export function lookWithPs(pid: number): Running | 'gone' | undefined {
  const { status, stdout, stderr } = run('ps', ['-ww', ...COLUMNS, '-p', String(pid)])
  if (status === 1 && stdout === '' && stderr === '') return answers(pid) ? undefined : 'gone'
  if (status !== 0) return undefined
  return linesOf(stdout).find((line) => line === 'gone' || line.pid === pid)
}

/** This user's processes. Undefined if ps does not tell. */
export function listWithPs(): readonly Running[] | undefined {
  // Without a dash, each ps reads this alike.
  const { status, stdout } = run('ps', ['xww', ...COLUMNS])
  return status === 0 ? linesOf(stdout).filter((line) => line !== 'gone') : undefined
}

/** The working folders of processes, as lsof tells them. */
export function foldersOf(pids: readonly number[]): ReadonlyMap<number, string> {
  const folders = new Map<number, string>()
  if (pids.length === 0) return folders
  let pid = 0
  for (const line of run('lsof', ['-a', '-d', 'cwd', '-p', pids.join(','), '-Fpn']).stdout.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1))
    else if (line.startsWith('n')) folders.set(pid, line.slice(1))
  }
  return folders
}

function linesOf(stdout: string): (Running | 'gone')[] {
  return Array.from(
    stdout.matchAll(LINE),
    ([, pid = '', parent = '', state = '', terminal = '', started = '', line = '']) =>
      /^[ZX]/.test(state)
        ? 'gone'
        : {
            pid: Number(pid),
            parent: Number(parent),
            started,
            words: line.split(' '),
            hasTerminal: !NO_TERMINAL.test(terminal),
          },
  )
}

interface Told {
  /** Undefined if the program did not run to its end. */
  readonly status: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of the system and waits for its end. */
export function run(program: string, args: readonly string[]): Told {
  // Not imported: few systems need it, and loading it takes two milliseconds.
  const spawn = process.getBuiltinModule?.('node:child_process')?.spawnSync
  const told = spawn?.(program, args, { encoding: 'utf8', env: ENV, timeout: TIME_LIMIT })
  return { status: told?.status ?? undefined, stdout: told?.stdout ?? '', stderr: told?.stderr ?? '' }
}

/** Whether a process has that number. True if that is unknown. */
export function answers(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return Object(error).code !== 'ESRCH'
  }
}
