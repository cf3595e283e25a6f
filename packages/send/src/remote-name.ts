import { allWords, type ExecOptions } from '@cac/core/exec'
import type { Peer } from '@cac/core/peers'
import { ssh } from '@cac/core/remote'
import { shellQuote } from '@cac/core/shell'

/** What the peer said when it was asked for a name in one of its inboxes. */
export type Claim =
  | { readonly is: 'claimed'; readonly name: string }
  /** The project is not there: no further try will find it. */
  | { readonly is: 'no-project' }
  /** It did not answer in time, or the connection broke: to be tried again. */
  | { readonly is: 'failed'; readonly error: string }
  /** The question was not understood or nobody is there at all: rsync may say more. */
  | { readonly is: 'unknown' }

const CONNECT_TIMEOUT = 5
const ANSWER_TIMEOUT = 15_000
const NOBODY_THERE = /could not resolve|connection refused|no route to host|network is unreachable/i

/**
 * Run by the peer: makes a missing inbox of an existing project (B9) and claims the first free of some names
 * by creating its signature's name exclusively, so that no two senders get one name (B5). Unsigned messages
 * must not end up with an empty signature: they only look. No single quotes in here: it is quoted in them.
 */
const SCRIPT = [
  'umask 077; project=$1; inbox=$2; claim=$3; shift 3',
  '[ -d "$project" ] || { echo "cross-agent no-project"; exit 0; }',
  'mkdir -p -- "$inbox" && cd -- "$inbox" || exit 1',
  'for name do if [ -e "$name" ] || [ -L "$name" ] || [ -e "$name.asc" ] || [ -L "$name.asc" ]; then continue; fi',
  'if [ $claim = no ] || (set -C; : > "$name.asc") 2> /dev/null; then echo "cross-agent claimed $name"; exit 0; fi',
  'done; exit 1',
].join('; ')

/** Asks a peer for the first free of `names` in `inbox` (as peers.toml has it, `~` unexpanded). */
export async function claimRemoteName(
  peer: Peer,
  inbox: string,
  names: readonly string[],
  isSigned: boolean,
  options: ExecOptions,
): Promise<Claim> {
  const folders = [projectFolder(inbox), inbox].map(pathOnPeer)
  const words = [isSigned ? 'yes' : 'no', ...names].map(shellQuote)
  const command = ['sh', '-c', shellQuote(SCRIPT), 'sh', ...folders, ...words].join(' ')
  const result = await ssh(peer, command, CONNECT_TIMEOUT, { ...options, timeout: ANSWER_TIMEOUT })
  const answer = /^cross-agent (no-project|claimed (.+))$/m.exec(result.stdout)
  const name = names.find((candidate) => candidate === answer?.[2])
  if (name !== undefined) return { is: 'claimed', name }
  if (answer?.[1] === 'no-project') return { is: 'no-project' }
  if (result.failure === 'timed-out')
    return { is: 'failed', error: `no answer within ${ANSWER_TIMEOUT / 1000} s` }
  if (result.exitCode === 255 && !NOBODY_THERE.test(result.stderr))
    return { is: 'failed', error: allWords(result) }
  return { is: 'unknown' }
}

/** A path as a word for the peer's shell, in which alone `~` is expanded (contract B10). */
function pathOnPeer(path: string): string {
  return path.startsWith('~/') ? `"$HOME"/${shellQuote(path.slice(2))}` : shellQuote(path)
}

/** The folder that must be there: of the usual layout the project's, else the one above the inbox. */
function projectFolder(inbox: string): string {
  const usual = '/inbox/from-agents'
  const bare = inbox.replace(/\/+$/, '')
  return bare.endsWith(usual)
    ? bare.slice(0, -usual.length)
    : bare.slice(0, Math.max(1, bare.lastIndexOf('/')))
}
