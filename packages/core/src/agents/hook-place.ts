import type { Context } from '../command/context'
import { realPath } from '../fs/folder'
import type { WaitingMessage } from '../mailbox/mailbox'
import { isAwaited, type Take, takesIn, waitsIn } from '../mailbox/takes'
import type { ProcessId } from '../programs/process-id'
import { agentProcess } from '../programs/session'
import { type Project, projectHere } from '../project/project'
import type { Agent, HookInput } from './agent'
import { agentRun } from './agent-run'
import { asTakers, type SessionHere, sessionHere } from './known-sessions'
import type { KnownSession } from './project-record'
import { RecordStore } from './record-store'
import { type Hold, holdOf } from './tellings'

/** Where a hook runs: the project of its session, the session, and the record that the project's sessions share. */
export interface HookPlace {
  readonly project: Project
  readonly here: SessionHere
  readonly store: RecordStore
}

/** The session of a hook that its agent started. */
export function hookSession(agent: Agent, input: HookInput, { env }: Context): SessionHere {
  const process = agentProcess()
  return sessionHere(agent, input, process, agentRun(process, env))
}

/** Undefined if the session's folder is in no project. Throws Failure, or the system's error. */
export async function hookPlace(here: SessionHere, context: Context): Promise<HookPlace | undefined> {
  const project = await projectOf(here.input, context)
  return project && { project, store: new RecordStore(context.paths, project.name), here }
}

/** The same for a process that the agent did not start itself: the record knows the agent's process. */
export async function detachedPlace(here: SessionHere, context: Context): Promise<HookPlace | undefined> {
  const place = await hookPlace(here, context)
  if (place === undefined) return undefined
  const { agent, input, key } = here
  const known: ProcessId | undefined = place.store
    .read()
    .sessions.find((session) => session.key === key)?.process
  return { ...place, here: sessionHere(agent, input, known, agentRun(known, context.env)) }
}

async function projectOf({ cwd }: HookInput, context: Context): Promise<Project | undefined> {
  // If several links lead to the project, the agent's own path decides its name (contract B57).
  return projectHere({ ...context, cwd: () => realPath(cwd), env: { ...context.env, PWD: cwd } })
}

/** Tells who holds a message (contracts C21, C28). The takes are read once. */
export function holdsIn(
  { here, project }: HookPlace,
  session: KnownSession,
  now: number,
): (message: WaitingMessage) => Hold {
  const takes = new Map<string, readonly Take[]>()
  const waits = project.inboxes.flatMap(({ folder }) => waitsIn(folder, now))
  const own = asTakers(session, here.run)
  return (message) => {
    const { folder, path } = message
    const conversation = () => message.header?.get('CONVERSATION_ID')
    // The command that waits shows what it takes.
    if (waits.length > 0 && isAwaited({ path, conversation: conversation() }, waits, own)) return 'taken'
    const known = takes.get(folder) ?? takesIn(folder, now)
    takes.set(folder, known)
    return holdOf(message.name, conversation, known, own)
  }
}
