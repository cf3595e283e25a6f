// @ts-check
/**
 * An agent as its machine sees it: a process that runs commands. One JSON line on standard input asks for one, one on
 * standard output says how it ended. Killed, it leaves what it runs to itself.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

console.log(JSON.stringify({ pid: process.pid }))
for await (const line of createInterface({ input: process.stdin })) {
  const { id, words, cwd, env, input } = JSON.parse(line)
  // The shell stays, as it does for every line of an agent.
  const child = spawn('sh', ['-c', 'cd "$0" && "$@"; exit $?', cwd, ...words], {
    env: { ...process.env, ...env },
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (said.stderr += text))
  child.once('error', () => {})
  child.once('close', (exit) => console.log(JSON.stringify({ id, exit, ...said })))
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
}
