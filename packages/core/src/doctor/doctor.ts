import type { Context } from '../command/context'
import { reasonOf } from '../fs/system-error'
import { Ownership } from '../project/ownership'
import { type Inbox, Projects } from '../project/projects'
import { bad, type Check } from './check'
import { checkFailedSends } from './failed-sends'
import { checkAgentHooks } from './hooks'
import { checkForeignInboxes, checkMail } from './mail'
import { checkPeers } from './peers'
import { checkPeersFile, type PeersFound } from './peers-file'
import { checkPermissions } from './permissions'
import { checkCommands, checkGpg, checkInotify, checkNode, checkNotifier, checkTransport } from './programs'
import { checkProjects } from './projects'
import { checkSandbox } from './sandbox'
import { checkSigningKey, checkTrust } from './signing'
import { checkWakes } from './wakes'
import { checkBrake, checkWatcher } from './watcher'

/**
 * Checks every part (contract C6), always in the same order. Changes nothing and asks no questions. Every wait has a
 * time limit. If a check fails, its part is reported as bad.
 */
export async function examine(context: Context): Promise<Check[]> {
  const { file, peers, checks: fileChecks } = await peersFileOf(context)
  const hasPeers = peers.length > 0
  const programs = await Promise.all([
    attempt('brake', () => checkBrake(context)),
    attempt('node', () => checkNode(context)),
    attempt('commands', () => checkCommands(context)),
    attempt('gpg', () => checkGpg(context)),
    attempt('signing key', () => checkSigningKey(context)),
    [...fileChecks],
    attempt('trust', () => checkTrust(file, context)),
    attempt('ssh', () => checkTransport(context, hasPeers)),
    attempt('peers', () => (file === undefined ? [] : checkPeers(peers, file, context))),
    attempt('watcher', () => checkWatcher(context)),
    attempt('notifier', () => checkNotifier(context)),
    attempt('failed sends', () => checkFailedSends(context)),
  ])
  // These run last: reading many files would block this process and use up the programs' time limits.
  const { projects, inboxes, checks: inboxChecks } = await inboxesOf(context)
  const files = [
    await attempt('projects', () => checkProjects(projects, context)),
    await attempt('hooks', () => checkAgentHooks(context, projects)),
    await attempt('wakes', () => checkWakes([...new Set(inboxes.map(({ project }) => project))], context)),
    await attempt('inotify', () => checkInotify(context, inboxes.length)),
    await attempt('permissions', () => checkPermissions(context, inboxes, projects)),
    await attempt('inboxes', () => checkForeignInboxes(inboxes, projects)),
    await attempt('sandbox', () => checkSandbox(context, inboxes, hasPeers)),
    await attempt('mail', () => checkMail(new Ownership(projects).inboxes(), context)),
  ]
  return [...programs, inboxChecks, ...files].flat()
}

/** If the file's check fails, it is reported as bad. The other parts are still checked. */
async function peersFileOf(context: Context): Promise<PeersFound> {
  let found: PeersFound | undefined
  const checks = await attempt('peers.toml', async () => {
    found = await checkPeersFile(context)
    return found.checks
  })
  return found ?? { file: undefined, peers: [], checks }
}

interface InboxesFound {
  readonly projects: Projects
  readonly inboxes: readonly Inbox[]
  readonly checks: readonly Check[]
}

async function inboxesOf(context: Context): Promise<InboxesFound> {
  let projects = new Projects(context.paths)
  let inboxes: readonly Inbox[] = []
  const checks = await attempt('inboxes', async () => {
    projects = await Projects.read(context, () => {})
    inboxes = projects.inboxes()
    return []
  })
  return { projects, inboxes, checks }
}

async function attempt(
  name: string,
  check: () => readonly Check[] | Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    return await check()
  } catch (error) {
    return [bad(name, `cannot be checked: ${reasonOf(error)}`, 'fix that, and ask again')]
  }
}
