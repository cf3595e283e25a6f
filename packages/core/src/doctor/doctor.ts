import type { Context } from '../command/context'
import { reasonOf } from '../fs/system-error'
import { inboxesAt, localLayout } from '../inbox/local-inboxes'
import { ownInboxesAt } from '../inbox/own-inboxes'
import { checkBrake } from './brake'
import { bad, type Check } from './check'
import { checkFailedSends } from './failed-sends'
import { checkForeignInboxes } from './foreign-inboxes'
import { checkAgentHooks } from './hooks'
import { checkInotify } from './inotify'
import { checkMail } from './mail'
import { checkNode } from './node'
import { checkNotifier } from './notifier'
import { checkCommands } from './old-scripts'
import { checkPeers } from './peers'
import { checkPeersFile } from './peers-file'
import { checkPermissions } from './permissions'
import { checkGpg, checkTransport } from './programs'
import { checkSigningKey } from './signing-key'
import { checkTrust } from './trust'
import { checkWatcher } from './watcher'

/** Which folder above an inbox of unusual place names its project: the choice of status. */
const LEVELS_UP = 3

/**
 * Checks every part (contract C6), in an order that does not change. Only looks, asks nobody anything, and every
 * wait in it has an end. A part whose check fails is not in order.
 */
export async function examine(context: Context): Promise<Check[]> {
  const { file, peers, checks: fileChecks } = await checkPeersFile(context)
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
  // Afterwards: while many files are read, the time of a program that runs would pass unseen.
  const layout = await localLayout(context, () => {})
  const inboxes = inboxesAt(layout, context, LEVELS_UP)
  const files = [
    await attempt('hooks', () => checkAgentHooks(context)),
    await attempt('inotify', () => checkInotify(context, inboxes.length)),
    await attempt('permissions', () => checkPermissions(context, inboxes)),
    await attempt('inboxes', () => checkForeignInboxes(inboxes, layout)),
    await attempt('mail', () => checkMail(ownInboxesAt(layout, context, LEVELS_UP), context)),
  ]
  return [...programs, ...files].flat()
}

async function attempt(
  name: string,
  check: () => readonly Check[] | Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    return await check()
  } catch (error) {
    return [bad(name, `cannot be checked: ${reasonOf(error)}`, 'put that right, and ask again')]
  }
}
