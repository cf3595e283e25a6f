import { NO_BRAKE } from '../brake/run-brake'
import { type Context, processContext } from '../command/context'
import { realPath } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import { makeJudge } from '../mailbox/judge'
import { Mailbox, type WaitingMessage } from '../mailbox/mailbox'
import { ASIDE_FOLDER } from '../message/done-name'
import { isVisibleMessage } from '../message/message-name'
import { machineName } from '../peers/machine-name'
import { readPeersFile } from '../peers/peers-file'
import { findProject, ownInboxes } from '../project/project'
import { type Inbox, Projects } from '../project/projects'
import { escapeAll } from '../text/terminal'

/** Nobody reads more. */
const MOST_VALUES = 1000
/** Largest discover cache that is read, in bytes. Reading more would take too long. */
const LARGEST_CACHE = 16 * 1024 * 1024
/** Limits for examining releases, because somebody waits for the completion. */
const LIMITS = { verifications: 8, bytes: 1024 * 1024 }

/**
 * The values of a kind that begin with `word`, one per line, for a shell's completion. `line` holds the other words of
 * the command line, as they were typed. Leaves out values that cannot be
 * found, and names that a line cannot hold, that a terminal would obey, or that a command would take for an option.
 * Never throws.
 */
async function completionValues(
  kind: string,
  word: string,
  line: readonly string[],
  context: Context,
): Promise<string> {
  const found = await valuesOf(kind, word, line, context).catch(() => [])
  const fitting = [...new Set(found)].filter((value) => value.startsWith(word) && isSafe(value))
  return fitting
    .slice(0, MOST_VALUES)
    .map((value) => `${value}\n`)
    .join('')
}

function isSafe(value: string): boolean {
  return value !== '' && !value.startsWith('-') && value.isWellFormed() && escapeAll(value) === value
}

async function valuesOf(
  kind: string,
  word: string,
  line: readonly string[],
  context: Context,
): Promise<string[]> {
  switch (kind) {
    case 'destination':
      return destinationLists(word, context)
    case 'project':
      return projectNames(context)
    case 'peer':
      return peerNames(context)
    case 'message':
      return messages(word, line, context)
    case 'conversation':
      return (await waiting(context)).flatMap(({ header }) => header?.get('CONVERSATION_ID') ?? [])
    default:
      return []
  }
}

async function projectNames(context: Context): Promise<string[]> {
  const peers = await readPeersFile(context.paths)
  return new Projects(context.paths, peers).names()
}

async function peerNames({ paths }: Context): Promise<string[]> {
  return (await readPeersFile(paths)).peerNames()
}

/** A list with commas is completed at its end, with destinations that it does not have yet (contract C29). */
async function destinationLists(list: string, context: Context): Promise<string[]> {
  const before = list.slice(0, list.lastIndexOf(',') + 1)
  const given = before.split(',')
  const found = await destinations(list.slice(before.length), context)
  return before === '' ? found : found.filter((word) => !given.includes(word)).map((word) => before + word)
}

/** Local projects, then the projects of peers that discover last saw. A peer without known projects ends in a dot. */
async function destinations(word: string, context: Context): Promise<string[]> {
  const [here, peers] = await Promise.all([
    projectNames(context).catch(() => []),
    peerNames(context).catch(() => []),
  ])
  const seen = projectsSeen(context)
  const there = peers.flatMap((peer) => {
    const projects = seen.get(peer) ?? []
    return projects.length === 0 ? [`${peer}.`] : projects.map((project) => `${peer}.${project}`)
  })
  const local = await localPrefix(word, context)
  // In a name with a dot, the part before the dot would be read as a machine.
  const alone = here.filter((project) => !project.includes('.'))
  return [...(local === undefined ? alone : here.map((project) => local + project)), ...there]
}

/** The name of this machine that a word begins with, and its dot. */
async function localPrefix(word: string, context: Context): Promise<string | undefined> {
  if (!word.includes('.')) return undefined
  if (word.startsWith('local.')) return 'local.'
  try {
    const prefix = `${machineName(await readPeersFile(context.paths), context)}.`
    return word.startsWith(prefix) ? prefix : undefined
  } catch {
    return undefined
  }
}

/** The projects of peers in the cache of cross-agent-discover, of any age. Its text is not trusted. */
function projectsSeen({ home }: Context): Map<string, string[]> {
  try {
    const cache: unknown = JSON.parse(
      takeSnapshot(joinPath(home, '.cache/cross-agent-comms/discovery.json'), LARGEST_CACHE).bytes.toString(),
    )
    return new Map(listOf(cache, 'peers').map((peer) => [textOf(peer, 'name'), textsOf(peer, 'projects')]))
  } catch {
    return new Map()
  }
}

function listOf(value: unknown, key: string): unknown[] {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return Array.isArray(found) ? found : []
}

function textsOf(value: unknown, key: string): string[] {
  return listOf(value, key).filter((text) => typeof text === 'string')
}

function textOf(value: unknown, key: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return typeof found === 'string' ? found : ''
}

/**
 * Paths of waiting messages, relative to the working folder unless `word` begins an absolute path. For `--put-back`,
 * those of messages in `aside/` (contract C22).
 */
async function messages(word: string, line: readonly string[], context: Context): Promise<string[]> {
  const isBack = line.includes('--put-back')
  const found = isBack ? await putAside(context) : (await waiting(context)).map(({ path }) => path)
  const cwd = context.cwd()
  if (cwd === undefined || word.startsWith('/')) return found
  const here = `${realPath(cwd)}/`
  return found.map((path) => {
    const real = realPath(path)
    return real.startsWith(here) ? real.slice(here.length) : path
  })
}

/** What waits for the project of the working folder. If nothing does, what waits for all projects. */
async function waiting(context: Context): Promise<WaitingMessage[]> {
  const here = await findProject(undefined, context).catch(() => undefined)
  const judge = makeJudge(context, NO_BRAKE, { limits: LIMITS })
  const mine = await new Mailbox(here?.inboxes ?? []).waiting(judge)
  if (mine.length > 0) return mine
  return new Mailbox(await ownInboxes(context, () => {})).waiting(judge)
}

/** What lies aside in the project of the working folder. If nothing does, what lies aside in all projects. */
async function putAside(context: Context): Promise<string[]> {
  const here = await findProject(undefined, context).catch(() => undefined)
  const mine = pathsAside(here?.inboxes ?? [])
  return mine.length > 0 ? mine : pathsAside(await ownInboxes(context, () => {}))
}

function pathsAside(inboxes: readonly Inbox[]): string[] {
  return [...new Mailbox(inboxes).listings()]
    .filter(({ place }) => place === ASIDE_FOLDER)
    .flatMap(({ folder, names }) => names.filter(isVisibleMessage).map((name) => joinPath(folder, name)))
}

/** `COMMAND --completion-values KIND WORD [OTHER WORD…]`, see command/load-main.ts. Offers only what it can find. */
async function main(): Promise<void> {
  const context = processContext()
  const [, kind = '', word = '', ...line] = context.argv
  context.out(await completionValues(kind, word, line, context))
}

main().catch(() => {})
