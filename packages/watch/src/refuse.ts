import type { Agent } from '@cac/core/agents/agent'
import { refusal } from '@cac/core/agents/brake-hook'
import { readHalt } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'

/**
 * Tells an agent why a tool is refused (contract C25). The hook of the brake calls this after it has found HALT, so it
 * refuses in any case.
 */
export function refuse({ name }: Agent, { paths, out, err }: Context): number {
  const { stdout, stderr, exitCode } = refusal(name, readHalt(paths))
  out(stdout)
  err(stderr.trimEnd())
  return exitCode
}
