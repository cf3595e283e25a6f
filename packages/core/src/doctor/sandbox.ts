import { accessSync, constants, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Context } from '../command/context'
import { hasCode } from '../fs/system-error'
import { exec } from '../programs/exec'
import type { Inbox } from '../project/projects'
import { toPath } from '../text/raw-name'
import { bad, type Check, shellWord } from './check'

const NAME = 'sandbox'
/** Milliseconds for gpgconf, and for a connection on this machine. */
const TIME_LIMIT = 5_000

/** What a sandbox says when it forbids something. The system itself says so only of files of others. */
const FORBIDDEN = ['EPERM', 'EACCES', 'EROFS']

/**
 * Says what is missing from inside an agent's sandbox (contract C26): signing, other inboxes, ssh. No check if nothing
 * is missing.
 */
export async function checkSandbox(
  context: Context,
  inboxes: readonly Inbox[],
  hasPeers: boolean,
): Promise<Check[]> {
  const missing = [
    ...((await isAgentRefused(context)) ? ["signing (gpg-agent's socket is refused)"] : []),
    ...refusedInboxes(inboxes, context),
    ...(hasPeers && (await isNetworkRefused()) ? ['other machines (ssh gets no network)'] : []),
  ]
  if (missing.length === 0) return []
  const agent = agentOf(context.env)
  const said = `this shell cannot do everything: ${missing.join('; ')}`
  const words = `let ${agent ?? 'the agent'} run our commands outside its sandbox: run this in a terminal of yours, and start the agent again`
  return [bad(NAME, said, words, `cross-agent-watch --hook ${agent ?? 'AGENT'} --install --allow`)]
}

/** The variables by which agents mark their shells. */
const MARKS: readonly (readonly [string, string])[] = [
  ['CODEX_SANDBOX', 'codex'],
  ['CODEX_SANDBOX_NETWORK_DISABLED', 'codex'],
  ['CODEX_THREAD_ID', 'codex'],
  ['GEMINI_CLI', 'gemini'],
  ['CURSOR_AGENT', 'cursor'],
  ['OPENCODE', 'opencode'],
  ['CLAUDECODE', 'claude'],
]

function agentOf(env: Context['env']): string | undefined {
  return MARKS.find(([name]) => env[name])?.[1]
}

/** Whether gpg cannot reach its agent, or cannot start it because its folder is read-only. */
async function isAgentRefused(context: Context): Promise<boolean> {
  const [socket, folder] = await Promise.all(
    ['agent-socket', 'homedir'].map((name) => gpgPath(name, context)),
  )
  if (socket === undefined || folder === undefined) return false
  const code = await codeOfConnection({ path: socket })
  return FORBIDDEN.includes(code) || (code !== '' && isRefused(folder, context))
}

async function gpgPath(name: string, { env }: Context): Promise<string | undefined> {
  const options = { env, timeout: TIME_LIMIT, output: 'answer' } as const
  const { exitCode, stdout } = await exec('gpgconf', ['--list-dirs', name], options)
  // gpgconf escapes some characters of a path.
  return exitCode === 0 ? decodeURIComponent(stdout.trim()) : undefined
}

/** Nothing listens on this port, so a network that works refuses with another code. */
async function isNetworkRefused(): Promise<boolean> {
  return FORBIDDEN.includes(await codeOfConnection({ host: '127.0.0.1', port: 9 }))
}

function codeOfConnection(to: { path: string } | { host: string; port: number }): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ ...to, timeout: TIME_LIMIT })
    const end = (code: string) => {
      socket.destroy()
      resolve(code)
    }
    socket.on('connect', () => end(''))
    socket.on('timeout', () => end('ETIMEDOUT'))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? ''))
  })
}

/** Inboxes that their modes let us write to, but that cannot be written to. */
function refusedInboxes(inboxes: readonly Inbox[], context: Context): string[] {
  const refused = inboxes.map(({ folder }) => folder).filter((folder) => isRefused(folder, context))
  const [first] = refused
  if (first === undefined) return []
  const more = refused.length > 1 ? ` and ${refused.length - 1} more` : ''
  return [`inboxes (${shellWord(first)}${more} cannot be written to)`]
}

/** Whether a folder of ours cannot be written to, although its mode allows it. */
function isRefused(folder: string, { home }: Context): boolean {
  try {
    const { uid, mode } = statSync(toPath(folder))
    if (uid !== statSync(toPath(home)).uid || (mode & 0o300) !== 0o300) return false
    accessSync(toPath(folder), constants.W_OK)
    return false
  } catch (error) {
    return hasCode(error, ...FORBIDDEN)
  }
}
