// @ts-check
/** What Linux says about the processes of a group. */
import { readdirSync, readFileSync } from 'node:fs'
import { sum } from './statistics.mjs'

/** Milliseconds in a tick, the unit of the times in /proc/<pid>/stat: the same on every platform of node. */
const TICK = 10

/**
 * The processes of a group that still run.
 * @param {number} group
 */
export function processesOf(group) {
  return numbersIn('/proc').filter((pid) => Number(statFields(pid)[2]) === group)
}

/**
 * Milliseconds of processor time so far, of the processes and of children they have waited for. The kernel tells
 * the time of those children in ticks only.
 * @param {readonly number[]} pids
 */
export function processorTime(pids) {
  const threads = pids.flatMap((pid) => numbersIn(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`))
  const own = threads.map((thread) => Number.parseInt(read(`${thread}/schedstat`), 10) || 0)
  const waited = pids.flatMap((pid) => statFields(pid).slice(13, 15).map(Number))
  return sum(own) / 1e6 + sum(waited) * TICK
}

/**
 * Megabytes of the processes in memory.
 * @param {readonly number[]} pids
 */
export function memoryOf(pids) {
  const kilobytes = pids.map((pid) => Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0))
  return (sum(kilobytes) * 1024) / 1e6
}

/**
 * The fields of /proc/<pid>/stat after the name, which may contain anything. The first is the state.
 * @param {number} pid
 */
function statFields(pid) {
  const text = read(`/proc/${pid}/stat`)
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** @param {string} folder */
function numbersIn(folder) {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger)
  } catch {
    // The process has ended.
    return []
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // The process has ended.
    return ''
  }
}
