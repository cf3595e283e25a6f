import { lstatSync, statSync } from 'node:fs'
import { readHalt, showHaltBanner } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import type { Values } from '@cac/core/command/table'
import { hasCode } from '@cac/core/fs/system-error'
import { machineName } from '@cac/core/peers/machine-name'
import {
  CANNOT_PARSE,
  type Entry,
  entriesOf,
  type PeersFile,
  readPeersFile,
} from '@cac/core/peers/peers-file'
import { Projects } from '@cac/core/project/projects'
import { utcIso } from '@cac/core/text/utc'
import { readCache, writeCache } from './cache'
import type { discoverTable } from './options'
import { answerFrom, type Probes, type Question } from './probes'
import { renderJson, renderTable } from './report'

/**
 * Shows the projects here, and which peers answer. It only reads, so under HALT it continues, below a banner. Only the
 * answers of peers may be minutes old: everything else is read each time (contract B17).
 */
export async function discover({ options }: Values<typeof discoverTable>, context: Context): Promise<number> {
  const { add, name, yes } = options
  if (add !== undefined)
    return (await import('./add')).addMachine({ host: add, name, isAgreed: yes }, context)
  const { home } = context
  showHaltBanner(context, options.json)
  const root = options['add-root']
  if (root !== undefined) return (await import('./add-root')).addRootAndShow(root, options.json, context)
  const peers = await readPeersFile(context.paths, CANNOT_PARSE)
  const question = await ask(peers, options.peer || undefined, options['enumerate-remote'], context)
  // The keys of the JSON are the scripts'.
  const machine = options.json ? '' : machineName(peers, context)
  const local = (await Projects.read(context)).discoverableNames(context.err)
  const kept = options['no-cache'] ? undefined : readCache(home, context.now())
  const answer = kept && answerFrom(kept, question)
  const probes = answer ?? (await probe(question, context))
  const report = { ...probes, haltActive: readHalt(context.paths) !== undefined, local }
  if (answer === undefined && question.isAboutAll && !options['no-cache']) {
    writeCache(home, report, question)
  }
  context.out(options.json ? renderJson(report) : renderTable(report, machine, question.listsProjects))
  return 0
}

/** Throws Failure if one of the wanted peers is malformed. */
async function ask(
  file: PeersFile,
  only: string | undefined,
  listsProjects: boolean,
  context: Context,
): Promise<Question> {
  const entries = entriesOf(file)
  const wanted = only === undefined ? entries : entries.filter(({ name }) => name === only)
  if (only !== undefined && wanted.length === 0) await hintAt(only, entries, context)
  return {
    peers: wanted.map((entry) => entry.peer()),
    isAboutAll: only === undefined,
    listsProjects,
    peersChangedAt: changedAt(context.paths.peersFile),
  }
}

/** Names the peers that an unknown name may mean. */
async function hintAt(name: string, entries: readonly Entry[], context: Context): Promise<void> {
  const { nearestNames } = await import('@cac/core/text/nearest')
  const nearest = nearestNames(
    name,
    entries.map((entry) => entry.name),
  )
  if (nearest.length > 0) context.err(`no peer ${name} in peers.toml; did you mean ${nearest.join(' or ')}?`)
}

/** In milliseconds since the epoch. A link that now leads elsewhere is a change, however old its target is. */
function changedAt(path: string): number | undefined {
  try {
    const target = statSync(path, { throwIfNoEntry: false })
    const link = lstatSync(path, { throwIfNoEntry: false })
    return target && link && Math.max(target.mtimeMs, link.mtimeMs)
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return undefined
    throw error
  }
}

async function probe({ peers, listsProjects }: Question, context: Context): Promise<Probes> {
  const reports =
    peers.length === 0 ? [] : await (await import('./probe')).probePeers(peers, listsProjects, context)
  return { scannedAt: utcIso(context.now()), peers: reports }
}
