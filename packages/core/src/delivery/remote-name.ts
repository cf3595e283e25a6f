import { projectFolder } from '../inbox/local-projects'
import type { Peer } from '../peers/peers-file'
import { ssh } from '../peers/ssh'
import { allWords, type ExecOptions } from '../programs/exec'
import { shellQuote } from '../text/shell'

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
 * must not end up with an empty signature: they only look. Claims that came to nothing more than a day ago are
 * removed (B47). No single quotes in here: it is quoted in them.
 *
 * It answers with the place of the name in the list, so that nothing in a name can be taken for an answer, and
 * with a sum: a shell that repeats its command does not know it.
 */
const SCRIPT = [
  'umask 077; project=$1; inbox=$2; claim=$3; answer="cross-agent $(($4 + $5))"; shift 5; echo',
  '[ -d "$project" ] || { echo "$answer no-project"; exit 0; }',
  'mkdir -p -- "$inbox" && cd -- "$inbox" || exit 1',
  'find . -maxdepth 1 -type f -name "*.org.asc" -size 0 -mmin +1440 2> /dev/null | while IFS= read -r old',
  'do [ -e "$' + '{old%.asc}" ] || [ -L "$' + '{old%.asc}" ] || rm -f -- "$old"; done',
  'place=0',
  'for name do if [ -e "$name" ] || [ -L "$name" ] || [ -e "$name.asc" ] || [ -L "$name.asc" ]; then :',
  'elif [ $claim = no ] || (set -C; : > "$name.asc") 2> /dev/null; then echo "$answer claimed $place"; exit 0; fi',
  'place=$((place + 1)); done; exit 1',
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
  const [a, b] = [randomNumber(), randomNumber()]
  const words = [isSigned ? 'yes' : 'no', `${a}`, `${b}`, ...names].map(shellQuote)
  const command = ['sh', '-c', shellQuote(SCRIPT), 'sh', ...folders, ...words].join(' ')
  const result = await ssh(peer, command, CONNECT_TIMEOUT, { ...options, timeout: ANSWER_TIMEOUT })
  const lines = new Set(result.stdout.split('\n').map((line) => line.replace(/\r$/, '')))
  const answer = `cross-agent ${a + b}`
  const name = names.find((_, place) => lines.has(`${answer} claimed ${place}`))
  if (name !== undefined) return { is: 'claimed', name }
  if (lines.has(`${answer} no-project`)) return { is: 'no-project' }
  if (result.failure === 'timed-out')
    return { is: 'failed', error: `no answer within ${ANSWER_TIMEOUT / 1000} s` }
  if (result.exitCode === 255 && !NOBODY_THERE.test(result.stderr))
    return { is: 'failed', error: allWords(result) }
  return { is: 'unknown' }
}

function randomNumber(): number {
  return 1_000_000 + Math.floor(Math.random() * 1_000_000)
}

/** A path as a word for the peer's shell, in which alone `~` is expanded (contract B10). */
function pathOnPeer(path: string): string {
  return path.startsWith('~/') ? `"$HOME"/${shellQuote(path.slice(2))}` : shellQuote(path)
}
