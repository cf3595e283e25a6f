import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { remove, TEMP_PREFIX } from '@cac/core/durable'
import { decodeUtf8, readRegularFile } from '@cac/core/files'
import { toJson } from '@cac/core/json'
import { joinPath } from '@cac/core/paths'
import type { Peer } from '@cac/core/peers'
import { type KeptProbes, parseProbes } from './probes'
import { type Report, toPayload } from './report'

/** Milliseconds for which probes are served. */
const LIFETIME = 5 * 60 * 1000

const folder = (home: string) => joinPath(home, '.cache/cross-agent-comms')
const file = (home: string) => `${folder(home)}/discovery.json`

/** The probes of the last five minutes, if they were kept. A cache that cannot be read is none (contract B17). */
export function readCache(home: string, now: number): KeptProbes | undefined {
  try {
    const keptAt = statSync(file(home)).mtimeMs
    if (keptAt > now || now - keptAt > LIFETIME) return undefined
    const text = decodeUtf8(readRegularFile(file(home)))
    return text === undefined ? undefined : parseProbes(text, keptAt)
  } catch {
    return undefined
  }
}

/**
 * Keeps a report about all `peers`. The scripts read it, too: their four keys are as they write them, and
 * `ssh_users` is one they pass over. A cache that cannot be written is no failure (contract B17).
 */
export function writeCache(home: string, report: Report, peers: readonly Peer[]): void {
  const content = toJson({ ...toPayload(report), ssh_users: peers.map(({ user }) => user ?? null) })
  const temp = `${folder(home)}/${TEMP_PREFIX}${Math.random().toString(36).slice(2)}`
  try {
    mkdirSync(folder(home), { recursive: true })
    try {
      writeFileSync(temp, content, { flag: 'wx' })
      renameSync(temp, file(home))
    } catch {
      remove(temp)
    }
  } catch {}
}
