import type { Context } from '../command/context'
import { isStamped, MESSAGE_SUFFIX } from '../message/message-name'
import type { Peer } from '../peers/peers-file'
import { reach, reachProblem } from '../peers/reach'
import { shellQuote } from '../text/shell'
import { CONTROL_CHARACTER } from '../text/terminal'
import { pathOnPeer, Question } from './peer-scripts'
import type { Seen, SeenInbox } from './sent-message'

/** As discover has it for its probe; a large inbox may take longer than that. */
const PATIENCE = { connect: 2, total: 20_000 }
/** Characters of a field that are told. */
const LONGEST_FIELD = 300

/**
 * Tells the header fields of message files, a line each, of those from the sender and of releases; by the same rules
 * as we read a header.
 */
const HEADS = `
function tell(  base) {
  base = name; sub(/^.*\\//, "", base)
  if (name == "" || (index(base, "-from-" ENVIRON["sender"] "-") != 17 && field["MESSAGE_TYPE"] != "release")) return
  printf "%s message\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n", ENVIRON["answer"], name, field["CONVERSATION_ID"], field["MESSAGE_TYPE"], field["TIMESTAMP"], field["SEQUENCE"], field["TITLE"]
}
FNR == 1 { tell(); name = FILENAME; begun = 0; closed = 0; split("", field) }
closed { next }
/^#[+][A-Z_]+:/ {
  begun = 1; colon = index($0, ":"); value = substr($0, colon + 1)
  gsub(/^[ \\t\\r]+|[ \\t\\r]+$/, "", value); gsub(/[\\t\\r]/, " ", value)
  field[substr($0, 3, colon - 3)] = substr(value, 1, ${LONGEST_FIELD}); next
}
begun { closed = 1; nextfile }
END { tell() }`

/**
 * Run by the peer: looks through its inboxes, those of ~/projects and those given, for what the sender sent. Only
 * where there is some, the releases there are told as well. It says so at the end: what is cut off has no end.
 */
const LOOK_SCRIPT = [
  'answer="cross-agent $(($1 + $2))"; sender=$3; pattern=$4; heads=$5; shift 5; echo',
  'LC_ALL=C; export LC_ALL answer sender; failed=',
  'look() { cd -- "$1" 2> /dev/null || return 0; set -- "$2" "*-from-$pattern-*.org"',
  '[ -n "$(find . done -maxdepth 1 -type f -name "$2" 2> /dev/null | head -n 1)" ] || return 0',
  'printf "%s inbox %s\\n" "$answer" "$1"; find . -maxdepth 1 -type f -name "[!.]*.org" -exec awk "$heads" {} + || return 1',
  '[ -d done ] || return 0; find done -maxdepth 1 -type f -name "$2" -exec awk "$heads" {} + || return 1',
  'find done -maxdepth 1 -type f -name "$2" -exec stat -c "$answer moved %Z %n" {} + 2> /dev/null ||',
  'find done -maxdepth 1 -type f -name "$2" -exec stat -f "$answer moved %c %N" {} + 2> /dev/null || :; }',
  'place=0; for inbox do (look "$inbox" "placed $place") || failed=1; place=$((place + 1)); done',
  'for inbox in "$HOME"/projects/*/inbox/from-agents; do project=$' + '{inbox%/inbox/from-agents}',
  '(look "$inbox" "usual $' + '{project##*/}") || failed=1; done; [ -n "$failed" ] || echo "$answer end"',
]
  .join('; ')
  .replaceAll('||; ', '|| ')

/** A project that peers.toml gives an inbox of its own place, `~` unexpanded. */
export interface PlacedProject {
  readonly project: string
  readonly inbox: string
}

/** What a peer has of a sender's messages, or why it did not tell. */
export type PeerAnswer = { readonly inboxes: readonly SeenInbox[] } | { readonly problem: string }

/** Asks a peer, by one ssh (contract C18). What it answers is not trusted, and read strictly. */
export async function inboxesOnPeer(
  peer: Peer,
  sender: string,
  placed: readonly PlacedProject[],
  { env }: Context,
): Promise<PeerAnswer> {
  const question = new Question()
  const words = [...question.words, sender, sender.replace(/[\\*?[\]]/g, '\\$&'), HEADS].map(shellQuote)
  const folders = placed.map(({ inbox }) => pathOnPeer(inbox))
  const command = ['sh', '-c', shellQuote(LOOK_SCRIPT), 'sh', ...words, ...folders].join(' ')
  const result = await reach(peer, command, PATIENCE, env)
  const lines = result.stdout.split('\n').flatMap((line) => question.answerIn(line) ?? [])
  if (lines.at(-1) === 'end') return { inboxes: readAnswer(lines, peer, placed) }
  return { problem: reachProblem(result, 'no answer in time') ?? 'its answer is not complete' }
}

function readAnswer(lines: readonly string[], peer: Peer, placed: readonly PlacedProject[]): SeenInbox[] {
  const inboxes: { to: string; seen: Seen[] }[] = []
  for (const line of lines) {
    const inbox = inboxes.at(-1)
    const project = projectIn(line, placed)
    if (project !== undefined) inboxes.push({ to: `${peer.name}.${project}`, seen: [] })
    else if (inbox !== undefined) readLine(line, inbox.seen)
  }
  return inboxes
}

function projectIn(line: string, placed: readonly PlacedProject[]): string | undefined {
  const [, place] = /^inbox placed (\d+)$/.exec(line) ?? []
  if (place !== undefined) return placed[Number(place)]?.project
  const [, project] = /^inbox usual ([^/]+)$/.exec(line) ?? []
  return project
}

function readLine(line: string, seen: Seen[]): void {
  const [, seconds, movedName] = /^moved (\d{1,12}) done\/([^/]+)$/.exec(line) ?? []
  if (seconds !== undefined) {
    const index = seen.findIndex(({ name, isDone }) => isDone && name === movedName)
    const message = seen[index]
    if (message !== undefined) seen[index] = { ...message, movedAt: Number(seconds) * 1000 }
    return
  }
  const [kind, path = '', conversation, type, timestamp, sequence, title, ...more] = line.split('\t')
  const [, folder, name = ''] = /^(\.|done)\/([^/]+)$/.exec(path) ?? []
  if (kind !== 'message' || title === undefined || more.length > 0 || !conversation || folder === undefined)
    return
  if (!name.endsWith(MESSAGE_SUFFIX) || CONTROL_CHARACTER.test(name)) return
  const isDone = folder === 'done'
  if (isDone && !isStamped(name)) return
  seen.push({
    name,
    conversation,
    type: type ?? '',
    timestamp: timestamp ?? '',
    sequence: sequence ?? '',
    title,
    isDone,
  })
}
