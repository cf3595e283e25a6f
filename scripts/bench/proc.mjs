// @ts-check
/** What Linux tells of running processes. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { sum } from './statistics.mjs'

/** Milliseconds of one tick, the unit of times in /proc/<pid>/stat. */
const TICK = 1000 / (Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100)

/**
 * The process, its children and theirs, as they are now.
 * @param {number} root
 */
export function processTree(root) {
  /** @type {Map<number, number[]>} */
  const children = new Map()
  for (const pid of numbersIn('/proc')) {
    const parent = Number(statFields(pid)[1])
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/**
 * Ends processes with all their children, at once and without asking.
 * @param {Iterable<number>} roots
 */
export function killTrees(roots) {
  for (const pid of [...roots].flatMap(processTree)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/**
 * Milliseconds of processor time, of user and system, that processes and the children they have waited for
 * have taken so far. Of children the kernel shows ticks of ten milliseconds, so that a difference is that much
 * too small or too large for each process at most.
 * @param {readonly number[]} pids
 */
export function processorTime(pids) {
  return sum(pids.map((pid) => ownTime(pid) + waitedTime(pid)))
}

/**
 * Milliseconds of processor time of the children that a process has waited for, and of theirs.
 * @param {number} pid
 */
export function waitedTime(pid) {
  return sum(statFields(pid).slice(13, 15).map(Number)) * TICK
}

/**
 * Of the threads that it has now: to the nanosecond where the kernel tells that, else in ticks.
 * @param {number} pid
 */
function ownTime(pid) {
  const threads = threadsOf(pid).map((thread) => read(`${thread}/schedstat`))
  if (threads.every((text) => text === '')) return sum(statFields(pid).slice(11, 13).map(Number)) * TICK
  return sum(threads.map((text) => Number.parseInt(text, 10) || 0)) / 1e6
}

/**
 * How often threads of the processes have gone to sleep so far: each time something must have woken them.
 * @param {readonly number[]} pids
 */
export function wakeUps(pids) {
  const threads = pids.flatMap(threadsOf)
  return sum(threads.map((thread) => numberAfter('voluntary_ctxt_switches:', read(`${thread}/status`))))
}

/**
 * Bytes in memory: all that the processes have mapped, and their fair share of it where pages are shared. Any
 * other node that runs, the measuring one too, takes its part of node's own pages.
 * @param {readonly number[]} pids
 */
export function memoryOf(pids) {
  const texts = pids.map((pid) => read(`/proc/${pid}/smaps_rollup`))
  return {
    rss: sum(texts.map((text) => numberAfter('Rss:', text))) * 1024,
    pss: sum(texts.map((text) => numberAfter('Pss:', text))) * 1024,
  }
}

/**
 * The fields of /proc/<pid>/stat after the name, which may hold anything: the state is the first of them.
 * @param {number} pid
 */
function statFields(pid) {
  const text = read(`/proc/${pid}/stat`)
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** @param {number} pid */
function threadsOf(pid) {
  return numbersIn(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`)
}

/** @param {string} folder */
function numbersIn(folder) {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

/**
 * A file of a process; empty where that has ended meanwhile.
 * @param {string} path
 */
function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/**
 * @param {string} label
 * @param {string} text
 */
function numberAfter(label, text) {
  const line = text.split('\n').find((candidate) => candidate.startsWith(label)) ?? ''
  return Number.parseInt(line.slice(label.length), 10) || 0
}
