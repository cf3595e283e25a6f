// @ts-check
/**
 * Stands in for an agent: a process that runs hooks, each through a shell, as agents do. One JSON line on standard input
 * asks for a hook, one on standard output says how it ended. Its further arguments are those of the agent.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

for await (const line of createInterface({ input: process.stdin })) {
  const { id, command, env, input } = JSON.parse(line)
  // The shell stays, as dash does for every line.
  const child = spawn('sh', ['-c', '"$@"; exit $?', 'sh', ...command], {
    env,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (said.stderr += text))
  child.once('close', (exitCode, signal) => console.log(JSON.stringify({ id, exitCode, signal, ...said })))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
}
