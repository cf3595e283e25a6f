import { type Json, toJson } from '@cac/core/text/json'
import { padEnd } from '@cac/core/text/python-text'
import { escapeAll } from '@cac/core/text/terminal'

/** The result of probing a peer. */
export interface PeerReport {
  readonly name: string
  readonly host: string
  readonly reachable: boolean
  /** Why it is not reachable. */
  readonly error?: string
  /** Its projects, if they were wanted and it is reachable. */
  readonly projects?: readonly string[]
}

/** Everything a run found; `scannedAt` is when the peers were probed. */
export interface Report {
  readonly scannedAt: string
  readonly haltActive: boolean
  readonly local: readonly string[]
  readonly peers: readonly PeerReport[]
}

/** The keys and their order are the interface of the printed JSON and of the cache. */
export function toPayload({ scannedAt, haltActive, local, peers }: Report): { readonly [key: string]: Json } {
  return {
    scanned_at: scannedAt,
    halt_active: haltActive,
    local,
    peers: peers.map(({ name, host, reachable, error, projects }) => ({
      name,
      host,
      reachable,
      ...(error === undefined ? {} : { error }),
      ...(projects === undefined ? {} : { projects }),
    })),
  }
}

/** The report as JSON, the newline included. */
export function renderJson(report: Report): string {
  return `${toJson(toPayload(report))}\n`
}

/** The report as a table. No name or peer can forge a line (contract B44). `machine` is the name of this machine. */
export function renderTable({ local, peers }: Report, machine: string, showsProjects: boolean): string {
  const lines = [`Local (${machine}):`]
  if (local.length === 0) lines.push('  (no projects with .ai/ found)')
  else
    lines.push(
      `  ${local.map(escapeAll).join(', ')}  [${local.length} project${local.length === 1 ? '' : 's'}]`,
    )
  lines.push('')
  if (peers.length === 0) lines.push('Peers (from peers.toml):', '  (no peers configured)')
  else lines.push('Peers (from ~/.config/cross-agent-comms/peers.toml):')
  for (const { name, host, reachable, error, projects = [] } of peers) {
    const state = reachable ? '✓ reachable' : `✗ UNREACHABLE (${escapeAll(error ?? 'unknown')})`
    lines.push(`  ${padEnd(escapeAll(name), 16)} ${padEnd(escapeAll(host), 24)}  ${state}`)
    if (showsProjects && projects.length > 0)
      lines.push(`    projects: ${projects.map(escapeAll).join(', ')}`)
  }
  return `${lines.join('\n')}\n`
}
