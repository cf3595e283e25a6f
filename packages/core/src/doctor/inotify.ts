import { readFileSync, watch } from 'node:fs'
import type { Context } from '../command/context'
import { hasCode, reasonOf } from '../fs/system-error'
import { absent, bad, type Check, ok, unknown } from './check'

const LIMITS = '/proc/sys/fs/inotify'
/** Watches that a watcher needs beside those on inboxes. */
const SPARE = 64

/** Whether a watcher could watch that many inboxes: it is tried, and no limit is guessed at. */
export function checkInotify({ home }: Context, inboxes: number): Check[] {
  const [instances, watches] = [readLimit('max_user_instances'), readLimit('max_user_watches')]
  if (instances === undefined || watches === undefined)
    return [absent('inotify', 'not of this system: its own way of watching is used')]
  try {
    watch(home).close()
  } catch (error) {
    if (hasCode(error, 'EMFILE')) return [exhausted('instances', instances, 'max_user_instances')]
    if (hasCode(error, 'ENOSPC')) return [exhausted('watches', watches, 'max_user_watches')]
    return [unknown('inotify', reasonOf(error))]
  }
  if (watches < inboxes + SPARE) return [exhausted('watches', watches, 'max_user_watches')]
  return [ok('inotify', `at most ${instances} instances and ${watches} watches`)]
}

function exhausted(what: string, limit: number, setting: string): Check {
  return bad(
    'inotify',
    `no ${what} left (limit ${limit}): a watcher would miss mail or not start`,
    'end what watches so much, or raise the limit, as root',
    `sysctl fs.inotify.${setting}=${Math.max(512, limit * 2)}`,
  )
}

function readLimit(name: string): number | undefined {
  try {
    return Number(readFileSync(`${LIMITS}/${name}`, 'utf8'))
  } catch {
    return undefined
  }
}
