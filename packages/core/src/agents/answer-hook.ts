import { readHalt } from '../brake/halt'
import { type Brake, makeBrake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { realPath } from '../fs/folder'
import type { Vetted } from '../mailbox/vet'
import { changedInboxes } from '../mailbox/watching/changed-inboxes'
import { findProject, ownInboxes, type Project } from '../project/project'
import type { Agent, HookInput, Reply } from './agent'
import { nothing } from './hook-io'
import { HookSession } from './mail-memory'
import { HALT_NOTICE, mailNotice, REMINDER, usableNotice } from './mail-notice'
import { type LookOptions, lookAtMail } from './waiting-mail'

/**
 * Decides what an agent hears at this moment of its session (contract C17). At the start and on each prompt, it gets
 * one line if mail waits for the project of its folder. At the end of a turn, the line is a reason to go on, once for
 * each message that recv would process. Throws Failure, or the system's error; then there is nothing to say.
 */
export async function answerHook(agent: Agent, input: HookInput, context: Context): Promise<Reply> {
  const { moment } = input
  if (moment === 'other') return nothing()
  const project = await projectOf(input, context)
  if (project === undefined) return nothing()
  if (readHalt(context.paths) !== undefined)
    return moment === 'turn-end' ? nothing() : agent.context(input, HALT_NOTICE)
  const brake = makeBrake(context.paths)
  if (moment !== 'turn-end') {
    const notice = mailNotice(await lookAtMail(project, context, brake))
    return notice === undefined ? nothing() : agent.context(input, notice)
  }
  // A hook has prolonged this turn already. Asking again could go on for ever.
  if (input.isContinuation) return nothing()
  const news = await newMail(agent, input, project, context)
  return news === undefined ? nothing() : agent.goOn(input, news.notice)
}

/** The project of the session's folder. Undefined if the folder is in no project. */
async function projectOf({ cwd }: HookInput, context: Context): Promise<Project | undefined> {
  try {
    // If several links lead to the project, the agent's own path decides its name (contract B57).
    return await findProject(undefined, {
      ...context,
      cwd: () => realPath(cwd),
      env: { ...context.env, PWD: cwd },
    })
  } catch (error) {
    if (error instanceof Failure && error.kind === 'project-unknown') return undefined
    throw error
  }
}

/** Messages that are new to a session. */
interface News {
  readonly notice: string
  /** The session did not hear of them, so the next notice must name them again. */
  takeBack(): void
}

/**
 * Finds messages that recv would process and that are new to the session, and records them as told. Undefined if
 * there are none. Throws Failure under HALT.
 */
async function newMail(
  agent: Agent,
  { sessionId }: HookInput,
  project: Project,
  context: Context,
  { brake = makeBrake(context.paths), ...options }: LookOptions & { readonly brake?: Brake } = {},
): Promise<News | undefined> {
  const session = new HookSession(agent.name, sessionId, context.paths, context.now())
  const isKnown = (path: string) => session.wasTold(path)
  const look = await lookAtMail(project, context, brake, { ...options, isKnown })
  // Another hook of the session may announce the same message at this moment.
  const told = look.usablePaths.filter((path) => session.tellOnce(path))
  if (told.length === 0) return undefined
  return {
    notice: `${usableNotice(look) ?? ''}. ${REMINDER}`,
    takeBack() {
      for (const path of told) session.forget(path)
    },
  }
}

/** Milliseconds after which a waiter gives up: one day. No agent lets a hook run longer. */
const LONGEST_WAIT = 24 * 60 * 60 * 1000
/** Ends the wait: a newer waiter has taken over, or the agent is gone. */
class NotNeeded extends Error {}

/**
 * Waits in the background of an idle session for a new message that recv would process, and returns what to tell.
 * Undefined if a newer waiter of the session took over, if `isWanted` returns false, or after a day. Under HALT it
 * wakes nobody. It continues once HALT is gone (contract C17).
 */
export async function waitForMail(
  agent: Agent,
  input: HookInput,
  context: Context,
  isWanted: () => boolean,
): Promise<News | undefined> {
  const project = await projectOf(input, context)
  if (project === undefined) return undefined
  const session = new HookSession(agent.name, input.sessionId, context.paths, context.now())
  const isCurrent = session.becomeWaiter()
  const isHalted = () => readHalt(context.paths) !== undefined
  let wasHalted = false
  const verdicts = new Map<string, Vetted>()
  const options = {
    list: async () => (await ownInboxes(context, () => {})).filter((inbox) => inbox.project === project.name),
    check() {
      if (!isCurrent() || !isWanted()) throw new NotNeeded()
    },
    mustLookAgain: () => wasHalted && !isHalted(),
    deadline: performance.now() + LONGEST_WAIT,
  }
  try {
    for await (const inboxes of changedInboxes(options, context)) {
      wasHalted = isHalted()
      if (wasHalted) continue
      const look = { isPatient: true, verdicts, brake: endedBy(options.check, makeBrake(context.paths)) }
      const found = await newMail(agent, input, { ...project, inboxes }, context, look).catch(haltedOnly)
      if (found === HALTED) wasHalted = true
      else if (found !== undefined) return found
    }
  } catch (error) {
    if (!(error instanceof NotNeeded)) throw error
  }
  return undefined
}

/** Calls `check` between two messages too. There may be many, and a waiter must end quickly. */
function endedBy(check: () => void, brake: Brake): Brake {
  return {
    isSet: brake.isSet,
    check() {
      check()
      brake.check()
    },
  }
}

const HALTED = Symbol('halted')

/** HALT may come at any time, and go as quickly. */
function haltedOnly(error: unknown): typeof HALTED {
  if (error instanceof Failure && error.kind === 'halted') return HALTED
  throw error
}
