import { closeSync, openSync } from 'node:fs'
import type { AgentName } from '@cac/core/agents/agent'
import type { Context } from '@cac/core/command/context'
import { makeFolder, withTemp } from '@cac/core/fs/durable'
import { startForGood } from '@cac/core/programs/program'

/** Starts a waiter for mail while the session is idle. The waiter outlives the hook that starts it. */
export function startWaiter(agent: AgentName, event: Uint8Array, context: Context): void {
  const { node, script } = context.program
  const folder = context.paths.hookSessions
  makeFolder(folder)
  const input = withTemp(folder, event, 0o600, (file) => openSync(file, 'r'))
  startForGood(node, [script, '--hook', agent, '--once'], input, context.env)
  closeSync(input)
}
