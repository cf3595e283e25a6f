import { spawnSync } from 'node:child_process'

/** Runs a program that must succeed. Returns what it printed. */
export function call(line: readonly string[], env: Record<string, string | undefined> = process.env): string {
  const [program = '', ...args] = line
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`${line.join(' ')}: ${error?.message ?? stderr}`)
  return stdout
}
