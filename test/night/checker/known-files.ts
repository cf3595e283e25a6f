/** What may have happened, so that a file may be there: nothing at all, a kill on that machine, or any fault anywhere. */
export type Excuse = 'none' | 'kill' | 'fault'

interface Known {
  /** The whole path below the home. */
  readonly form: RegExp
  readonly excuse: Excuse
  readonly on?: 'script'
}

const STATE = '\\.local/state/cross-agent-comms'
const INBOX = 'projects/[^/]+/inbox/from-agents'

const known = (form: string, excuse: Excuse = 'none', more: Pick<Known, 'on'> = {}): Known => ({
  form: new RegExp(`^${form}$`),
  excuse,
  ...more,
})

/**
 * All files that may lie in a home besides messages with their signatures and takes: what belongs to others, what the
 * commands keep, and the table "It can leave" in SECURITY.md.
 */
export const KNOWN_FILES: readonly Known[] = [
  // Of others: gpg's, the enemy's, and what an agent writes in order to send it with a script.
  known('\\.gnupg/.*'),
  known('\\.ssh/.*'),
  known(`${INBOX}/\\.draft-\\d+`),
  known('tmp/.*', 'none', { on: 'script' }),
  // Kept by the commands.
  known('\\.config/cross-agent-comms/peers\\.toml'),
  known('\\.cache/cross-agent-comms/discovery\\.json'),
  known(`${STATE}/failed-sends/[^/.][^/]*\\.json`),
  known(`${STATE}/watch\\.log`),
  known(`${STATE}/outbox/(?!\\.tmp\\.)[^/]+/(?!\\.tmp\\.)[^/]+`),
  known(`${STATE}/hooks/(?!\\.tmp\\.)[^/]+`),
  known(`${STATE}/sessions/project-[0-9a-f]{32}/(record\\.json|lock|lock\\.[^/]*)`),
  known(`${STATE}/held-wakes/[0-9a-f]{32}\\.json`),
  known(`${STATE}/mail-memory`),
  known(`${STATE}/verdicts\\.json`),
  known(`${STATE}/peers-lock(/lock[^/]*)?`),
  // SECURITY.md, "It can leave".
  known(`${INBOX}/\\.tmp\\.(?!taken-|moving\\.).*`, 'kill'),
  known(`${INBOX}/(aside/)?\\.tmp\\.moving\\..*`, 'kill'),
  known(`${INBOX}/\\.[^/]+\\.org(\\.asc)?\\.[A-Za-z0-9]{6}`, 'fault'),
  known('tmp/cross-agent-send-[^/]+/.*', 'kill'),
  known(`${STATE}/outbox/\\.tmp\\.[^/]+/[^/]+`, 'kill'),
  known('\\.config/cross-agent-comms/\\.tmp\\.[^/]+', 'kill'),
  known(`${STATE}/claims/[^/]+`, 'kill'),
  known(`(${STATE}|\\.cache/cross-agent-comms)/([^/]+/)*\\.tmp\\.[^/]+`, 'kill'),
]
