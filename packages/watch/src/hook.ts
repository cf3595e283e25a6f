import type { Agent, HookInput, Reply } from '@cac/core/agents/agent'
import { AGENTS } from '@cac/core/agents/agents'
import { answerHook } from '@cac/core/agents/answer-hook'
import { nothing } from '@cac/core/agents/hook-io'
import { nameSession } from '@cac/core/agents/name-session'
import { waitForMail } from '@cac/core/agents/wait-for-mail'
import { brakeOf } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { readStandardInput } from '@cac/core/fs/standard-input'
import { reasonOf } from '@cac/core/fs/system-error'
import { exec, lastWords } from '@cac/core/programs/exec'
import { startWaiter } from './start-waiter'
import { tellOfHeldWakes } from './tell-of-held-wakes'

/** The size limit of an event, in bytes: it may hold a whole prompt. */
const LONGEST_INPUT = 16 * 1024 * 1024
/** The time limit of a program that wakes a session, in milliseconds. */
const WAKE_LIMIT = 60_000

/**
 * Answers an agent's hook: the event comes on standard input (contract C17). After any failure, the session continues
 * as it would without us: there is one line on standard error, and no answer.
 */
export async function answer(agent: Agent, waits: boolean, context: Context): Promise<number> {
  const reply = await replyTo(agent, waits, context).catch((error: unknown) => {
    context.err(`cross-agent-watch: ${reasonOf(error)}`)
    return nothing()
  })
  context.out(reply.stdout)
  for (const line of reply.stderr.split('\n').filter((said) => said !== '')) context.err(line)
  return reply.exitCode
}

/** The agent of that name, which is one of AGENT_NAMES. */
export function agentOf(name: string): Agent {
  const agent = Object.values(AGENTS).find((known) => known.name === name)
  if (agent === undefined) throw new Error(`no agent ${name}`)
  return agent
}

async function replyTo(agent: Agent, waits: boolean, context: Context): Promise<Reply> {
  const bytes = await readStandardInput(LONGEST_INPUT, brakeOf(context))
  if (bytes === undefined) return nothing()
  const input = agent.readHookInput(bytes)
  if (input === undefined || agent.isCalledByAnother(context.env)) return nothing()
  if (waits) return wake(agent, input, context)
  if (agent.name === 'claude') nameSession(input, context.env)
  const { reply, mayWait, held } = await answerHook(agent, input, context)
  if (mayWait && agent.wakeCommand !== undefined) startWaiter(agent.name, bytes, context)
  await tellOfHeldWakes(held, context)
  return reply
}

async function wake(agent: Agent, input: HookInput, context: Context): Promise<Reply> {
  if (input.moment !== 'turn-end' && input.moment !== 'session-start') return nothing()
  const parent = process.ppid
  const tellings: Promise<void>[] = []
  const news = await waitForMail(agent, input, context, {
    // The hook that starts a separate waiter ends at once.
    isParentThere: () => agent.wakeCommand !== undefined || process.ppid === parent,
    onHeld: (held) => tellings.push(tellOfHeldWakes(held, context)),
  })
  await Promise.all(tellings)
  if (news === undefined) return nothing()
  const command = agent.wakeCommand?.(input, news.notice)
  if (command === undefined) return agent.wake?.(input, news.notice) ?? nothing()
  const [program = '', ...args] = command
  const result = await exec(program, args, {
    env: context.env,
    timeout: WAKE_LIMIT,
    isHalted: brakeOf(context),
  })
  if (result.exitCode === 0) return nothing()
  news.takeBack()
  context.err(`cross-agent-watch: ${program} did not wake the session: ${lastWords(result)}`)
  return nothing()
}
