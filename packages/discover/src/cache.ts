import { closeSync, fstatSync, mkdirSync, readFileSync } from 'node:fs'
import { replaceFile } from '@cac/core/fs/durable'
import { decodeUtf8, openRegularFile } from '@cac/core/fs/files'
import { joinPath } from '@cac/core/fs/paths'
import { toJson } from '@cac/core/text/json'
import { type KeptProbes, parseProbes, type Question } from './probes'
import { type Report, toPayload } from './report'

/** How long kept probes are used, in milliseconds. */
const LIFETIME = 5 * 60 * 1000

/** Bytes: a thousand peers with a hundred projects each stay far below. */
const LARGEST = 32 * 1024 * 1024

const folder = (home: string) => joinPath(home, '.cache/cross-agent-comms')
const file = (home: string) => `${folder(home)}/discovery.json`

/**
 * The kept probes of the last five minutes, if any. `now` in milliseconds since the epoch. A cache is ignored if it
 * cannot be read, is from the future, or is larger than any of ours (contract B17). Never throws.
 */
export function readCache(home: string, now: number): KeptProbes | undefined {
  try {
    const fd = openRegularFile(file(home))
    try {
      const { mtimeMs: keptAt, size } = fstatSync(fd)
      if (keptAt > now || now - keptAt > LIFETIME || size > LARGEST) return undefined
      const text = decodeUtf8(readFileSync(fd))
      return text === undefined ? undefined : parseProbes(text, keptAt)
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/**
 * Keeps a report that answers a question about all peers. The scripts read it, too: their four keys are written as they
 * write them. They ignore our two keys for the question. A cache that cannot be written is not a failure (contract
 * B17). Never throws.
 */
export function writeCache(home: string, report: Report, { peers, listsProjects }: Question): void {
  const content = toJson({
    ...toPayload(report),
    ssh_users: peers.map(({ user }) => user ?? null),
    enumerate_remote: listsProjects,
  })
  try {
    mkdirSync(folder(home), { recursive: true })
    // The scripts' mode; a cache may be lost.
    replaceFile(file(home), Buffer.from(content), { mode: 0o666, isDurable: false })
  } catch {}
}
