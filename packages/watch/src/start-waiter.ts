import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { AgentName } from '@cac/core/agents/agent'
import type { Context } from '@cac/core/command/context'
import { makeFolder, remove, writeTemp } from '@cac/core/fs/durable'

/** Starts what waits for mail while the session is idle, and outlives the hook that starts it. */
export function startWaiter(agent: AgentName, event: Uint8Array, context: Context): void {
  const { node, script } = context.program
  const folder = context.paths.hookSessions
  makeFolder(folder)
  const file = writeTemp(folder, event)
  const input = openSync(file, 'r')
  remove(file)
  const stdio = [input, 'ignore', 'ignore'] as const
  spawn(node, [script, '--hook', agent, '--once'], {
    detached: true,
    stdio: [...stdio],
    env: context.env,
  }).unref()
  closeSync(input)
}
