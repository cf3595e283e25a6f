/** What is promised in numbers, and how exactly a night is known. Times are in milliseconds. */

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** Seconds that a take lasts by default (C21). */
export const TAKE_SECONDS = 3600
/** Seconds that `send --wait` waits by default (C28). */
export const WAIT_SECONDS = 100

/** Wakes in an hour, of all sessions of one project together, as the night's peers.toml says (C24). */
export const WAKES_PER_PROJECT = 10
/** Wakes in an hour, for one conversation. As few as this come up in a short night. */
export const WAKES_PER_CONVERSATION = 2
/** A clock that is put forward so far makes wakes forgotten. */
export const FORGETTING_JUMP = 30 * MINUTE
/** Types that wake nobody (C24). */
export const SILENT_TYPES: ReadonlySet<string> = new Set(['progress', 'release'])
/** A session is told of what another one was told of, and did not take, only after a minute (C23). */
export const SECOND_TELLING = MINUTE

/** What runs when HALT comes ends within a second. A busy machine needs longer to say so. */
export const BRAKING = 15 * SECOND
/** So long after a halt or resume of which nobody knows the outcome, it may still take effect on another machine. */
export const LATE_EFFECT = MINUTE

/** Names have whole seconds: only what is sent so much later surely has the later name. */
export const LATER_NAME = 2 * SECOND
/** Each other message at that time may push a name on by a second. */
export const PUSHED_NAME = SECOND
/** So much later than it happened, the death of a process may be noted. */
export const NOTED_LATE = 2 * SECOND
/** A killed session may be noted after what its successor did. */
export const KILL_NOTED_LATE = 5 * SECOND
/** So long may a file that was planted be on its way, or a command be reading the list of an inbox. */
export const LOOKING = 2 * SECOND
