import { readHalt } from '../brake/halt'
import { type Brake, makeBrake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { realPath } from '../fs/folder'
import { findProject, type Project } from '../project/project'
import type { Agent, HookInput, Reply } from './agent'
import { HookSession } from './hook-session'
import { HALT_NOTICE, mailNotice, REMINDER, usableNotice } from './mail-notice'
import { nothing } from './reply'
import { type LookOptions, lookAtMail } from './waiting-mail'

/**
 * What an agent is to hear at this moment of its session (contract C17): at the start and on each prompt one line
 * where mail waits for the project of its folder; at the end of a turn the same as a reason to go on, once for each
 * message that recv would process. Throws Failure, or the system's error: then there is nothing to say.
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
  // A hook has prolonged this turn already: to ask again could go on for ever.
  if (input.isContinuation) return nothing()
  const news = await newMail(agent, input, project, context)
  return news === undefined ? nothing() : agent.goOn(input, news.notice)
}

/** The project of the folder that the session works in; undefined where that is in none. */
export async function projectOf({ cwd }: HookInput, context: Context): Promise<Project | undefined> {
  try {
    // The agent's own path names the project where several links lead to it (contract B57).
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

/** Messages that a session is told of for the first time. */
export interface News {
  readonly notice: string
  /** They are to be told of again: the session did not hear of them. */
  takeBack(): void
}

/**
 * Messages that recv would process and of which the session was not told; from now on it was. Undefined where there
 * are none. Throws Failure under HALT.
 */
export async function newMail(
  agent: Agent,
  { sessionId }: HookInput,
  project: Project,
  context: Context,
  { brake = makeBrake(context.paths), ...options }: LookOptions & { readonly brake?: Brake } = {},
): Promise<News | undefined> {
  const session = new HookSession(agent.name, sessionId, context.paths, context.now())
  const isKnown = (path: string) => session.wasTold(path)
  const look = await lookAtMail(project, context, brake, { ...options, isKnown })
  // Another hook of the session may tell of the same message just now.
  const told = look.usablePaths.filter((path) => session.tellOnce(path))
  if (told.length === 0) return undefined
  return {
    notice: `${usableNotice(look) ?? ''}. ${REMINDER}`,
    takeBack() {
      for (const path of told) session.forget(path)
    },
  }
}
