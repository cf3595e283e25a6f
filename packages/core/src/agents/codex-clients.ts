import { readlinkSync } from 'node:fs'
import { listNamesIfReadable, realPath } from '../fs/folder'
import { isTerminal, lookAtProcess, type Running } from '../programs/process-id'
import { hasProc } from '../programs/process-scope'
import { foldersOf, listWithPs } from '../programs/ps'

const CODEX = /(?:^|\/)codex$/

/** How many Codex programs with a terminal run in a folder. None if the system does not tell. */
export function clientsIn(folder: string): number {
  return hasProc() ? countInProc(folder) : countWithPs(folder)
}

function countInProc(folder: string): number {
  return listNamesIfReadable('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || linkAt(`/proc/${name}/cwd`) !== folder) return false
    const found = lookAtProcess(Number(name))
    if (found === undefined || found === 'gone') return false
    return isClient(found) && isTerminal(found.pid)
  }).length
}

function countWithPs(folder: string): number {
  const clients = (listWithPs() ?? []).filter((found) => isClient(found) && found.hasTerminal)
  const real = realPath(folder)
  const folders = foldersOf(clients.map(({ pid }) => pid))
  return clients.filter(({ pid }) => folders.get(pid) === real).length
}

function isClient({ words }: Running): boolean {
  const [program = ''] = words
  return CODEX.test(program) && !isCodexServer(words)
}

/** Codex keeps sessions in a background server, also after their user has left. */
export function isCodexServer(words: readonly string[]): boolean {
  return words.includes('app-server')
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
