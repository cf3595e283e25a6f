// Tells OpenCode of mail from other agents. Written by: cross-agent-watch --hook opencode --install
// Taken away by: cross-agent-watch --hook opencode --remove
// @ts-check
import { execFile } from 'node:child_process'

const COMMAND = 'cross-agent-watch'
/** Its first arguments. @type {string[]} */
const BEFORE = []

/** Time limit for an answer, in milliseconds. A waiter has no limit. */
const ANSWER_LIMIT = 10_000
/** Milliseconds after a session's start in which its first prompt comes, and takes the notice along. */
const FIRST_PROMPT_WITHIN = 2_000
/** Milliseconds to wait before an ended event stream is opened again. */
const REOPEN_AFTER = 1_000
/** An id that means nothing else to a shell or to a program. */
const PLAIN_ID = /^[A-Za-z0-9][\w.-]{0,127}$/
/**
 * Whether this process answers one prompt and ends. Such a run is told at its start only, and waits for nothing else: a
 * hook at its end would outlive it, and could no longer see whose it was.
 */
const IS_ONE_SHOT = process.argv[2] === 'run'

/**
 * What differs between the versions of OpenCode.
 * @typedef {object} Host
 * @property {string} directory
 * @property {(id: string) => Promise<boolean>} isOurs Whether a session belongs to this folder and is not a subagent's.
 * @property {(id: string, text: string) => Promise<unknown>} tell Adds text to a session; no turn begins.
 * @property {(id: string, text: string) => Promise<unknown>} prompt Begins a turn.
 * @property {boolean} completesPrompts Whether a prompt waits for `withPrompt`.
 */

/**
 * Reacts to session events. Announces mail when a session begins and when a turn ends. While a session is idle, one
 * process waits for mail and begins a turn when some arrives.
 * @param {Host} host
 */
function mail(host) {
  /** @type {Map<string, import('node:child_process').ChildProcess>} */
  const waiters = new Map()
  /** Sessions whose current turn we began. @type {Set<string>} */
  const continued = new Set()
  /** @type {Set<string>} */
  const asking = new Set()
  /** @type {Set<string>} */
  const deleted = new Set()
  /** Sessions in which a turn runs. @type {Set<string>} */
  const busy = new Set()
  /** What new sessions are to be told, until they are. @type {Map<string, Promise<string | undefined>>} */
  const starts = new Map()
  /** The last text of ours in a session: it is no prompt of the user's. @type {Map<string, string>} */
  const ours = new Map()
  let isOver = false

  /** @param {string} id */
  function stopWaiting(id) {
    waiters.get(id)?.kill()
    waiters.delete(id)
  }

  function stop() {
    isOver = true
    for (const id of waiters.keys()) stopWaiting(id)
  }
  process.once('exit', stop)

  /**
   * @param {string} id
   * @param {string | undefined} text
   */
  async function prompt(id, text) {
    if (text === undefined) return false
    continued.add(id)
    ours.set(id, text)
    await host.prompt(id, text)
    return true
  }

  /** @param {string} id */
  async function tellAtStart(id) {
    const found = run(host.directory, 'session.created', id, [], false).text
    starts.set(id, found)
    const text = await found
    if (host.completesPrompts && text !== undefined) await pause(FIRST_PROMPT_WITHIN)
    if (!starts.delete(id) || text === undefined) return
    ours.set(id, text)
    await host.tell(id, text)
  }

  /**
   * @param {string} id
   * @param {'session.created' | 'session.idle'} event
   */
  async function wait(id, event) {
    stopWaiting(id)
    if (IS_ONE_SHOT || isOver || deleted.has(id) || busy.has(id)) return
    const { child, text } = run(host.directory, event, id, ['--once'], false)
    waiters.set(id, child)
    const found = await text
    // Another waiter has replaced it.
    if (waiters.get(id) !== child) return
    waiters.delete(id)
    await prompt(id, found)
  }

  return {
    /** @param {string} id */
    async created(id) {
      if (!(await host.isOurs(id))) return
      await tellAtStart(id)
      // A session that is never prompted is woken too.
      if (!asking.has(id) && !waiters.has(id)) await wait(id, 'session.created')
    },
    /** @param {string} id */
    async idle(id) {
      busy.delete(id)
      if (IS_ONE_SHOT || asking.has(id)) return
      asking.add(id)
      try {
        stopWaiting(id)
        if (!(await host.isOurs(id))) return
        const isContinuation = continued.delete(id)
        const text = await run(host.directory, 'session.idle', id, [], isContinuation).text
        if (await prompt(id, text)) return
      } finally {
        asking.delete(id)
      }
      await wait(id, 'session.idle')
    },
    /**
     * The notice that goes with a prompt of the user's.
     * @param {string} id
     * @param {readonly (string | undefined)[]} texts
     */
    async withPrompt(id, texts) {
      const own = ours.get(id)
      if (own !== undefined && texts.includes(own)) return undefined
      if (!(await host.isOurs(id))) return undefined
      const atStart = starts.get(id)
      starts.delete(id)
      if (IS_ONE_SHOT) return atStart
      return atStart ?? run(host.directory, 'chat.message', id, [], false).text
    },
    /** Mail that arrives during a turn is announced when the turn ends. @param {string} id */
    busy(id) {
      busy.add(id)
      stopWaiting(id)
    },
    /** A turn that the user interrupted must not go on, and none begins by itself. */
    brokenOff: stopWaiting,
    /** @param {string} id */
    deleted(id) {
      deleted.add(id)
      stopWaiting(id)
    },
    stop() {
      process.off('exit', stop)
      stop()
    },
  }
}

/**
 * Runs the hook without a shell. Standard input carries the session's data. The text is undefined if there is nothing
 * to say.
 * @param {string} cwd
 * @param {string} event
 * @param {string} id
 * @param {string[]} args
 * @param {boolean} isContinuation
 */
function run(cwd, event, id, args, isContinuation) {
  const limit = args.length === 0 ? ANSWER_LIMIT : 0
  /** @type {(text: string | undefined) => void} */
  let resolve = () => {}
  /** @type {Promise<string | undefined>} */
  const text = new Promise((settle) => {
    resolve = settle
  })
  const words = [...BEFORE, '--hook', 'opencode', ...args]
  const child = execFile(COMMAND, words, { cwd, timeout: limit }, (error, stdout) =>
    resolve(error === null ? textOf(stdout) : undefined),
  )
  child.stdin?.on('error', () => {})
  child.stdin?.end(
    JSON.stringify({ hook_event_name: event, session_id: id, cwd, stop_hook_active: isContinuation }),
  )
  return { child, text }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref()
  })
}

/** @param {string} stdout */
function textOf(stdout) {
  try {
    const { text } = JSON.parse(stdout)
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}

/** Mail must never break a session. @param {Promise<unknown>} work */
function quietly(work) {
  work.catch(() => {})
}

/**
 * @typedef {{ type: string, properties?: { sessionID?: string, info?: { id?: string }, error?: { name?: string }, status?: { type?: string } } }} Event1
 * @typedef {{ path: { id: string }, body: { noReply?: boolean, parts: { type: 'text', text: string }[] } }} Prompt1
 * @typedef {{ id: string, sessionID: string, messageID: string, type: string, text?: string, synthetic?: boolean }} Part1
 * @typedef {object} Client1
 * @property {{ get(input: { path: { id: string } }): Promise<{ data?: { parentID?: string } }>, prompt(input: Prompt1): Promise<unknown>, promptAsync(input: Prompt1): Promise<unknown> }} session
 */

/**
 * OpenCode 1.
 * @param {{ client: Client1, directory: string }} input
 */
async function server({ client, directory }) {
  /** @type {(text: string) => { type: 'text', text: string }[]} */
  const parts = (text) => [{ type: 'text', text }]
  const sessions = mail({
    directory,
    isOurs: async (id) => (await client.session.get({ path: { id } })).data?.parentID === undefined,
    tell: (id, text) => client.session.prompt({ path: { id }, body: { noReply: true, parts: parts(text) } }),
    prompt: (id, text) => client.session.promptAsync({ path: { id }, body: { parts: parts(text) } }),
    completesPrompts: true,
  })
  /** @type {Set<string>} */
  const brokenOff = new Set()
  return {
    /** @param {{ event: Event1 }} input */
    async event({ event: { type, properties } }) {
      const id = properties?.sessionID ?? properties?.info?.id
      if (id === undefined) return
      if (type === 'session.created') quietly(sessions.created(id))
      // After an interruption, OpenCode may say twice that the session is idle. Only the next turn ends that.
      if (type === 'session.error' && properties?.error?.name === 'MessageAbortedError') {
        brokenOff.add(id)
        sessions.brokenOff(id)
      }
      if (type === 'session.idle' && !brokenOff.has(id)) quietly(sessions.idle(id))
      if (type === 'session.status' && properties?.status?.type === 'busy') {
        brokenOff.delete(id)
        sessions.busy(id)
      }
      if (type === 'session.deleted') sessions.deleted(id)
    },
    // OpenCode calls this with each prompt, before it sends the request, and sends these parts with it.
    /**
     * @param {{ sessionID: string }} input
     * @param {{ message: { id: string }, parts: Part1[] }} output
     */
    async 'chat.message'({ sessionID }, { message, parts: prompt }) {
      const texts = prompt.map(({ text }) => text)
      const text = await sessions.withPrompt(sessionID, texts).catch(() => undefined)
      const last = prompt.at(-1)
      if (text === undefined || last === undefined) return
      // Its id sorts behind the one before it. The user's own text is shown without it.
      prompt.push({
        id: `${last.id}0`,
        sessionID,
        messageID: message.id,
        type: 'text',
        text,
        synthetic: true,
      })
    },
    // What a session's shell takes belongs to that session. OpenCode calls this before it starts a shell.
    /**
     * @param {{ sessionID?: string }} input
     * @param {{ env: Record<string, string> }} output
     */
    async 'shell.env'({ sessionID }, { env }) {
      if (sessionID === undefined || !PLAIN_ID.test(sessionID)) return
      env.CROSS_AGENT_SESSION ??= process.env.CROSS_AGENT_SESSION || sessionID
    },
    async dispose() {
      sessions.stop()
    },
  }
}

/**
 * @typedef {{ type: string, location?: { directory?: string }, data?: { sessionID?: string } }} Event2
 * @typedef {object} Context2
 * @property {{ directory: string }} location
 * @property {{ subscribe(options: { signal: AbortSignal }): AsyncIterable<Event2> }} event
 * @property {{ get(input: { sessionID: string }): Promise<{ parentID?: string, location?: { directory?: string } }>, prompt(input: { sessionID: string, text: string }): Promise<unknown>, synthetic(input: { sessionID: string, text: string }): Promise<unknown> }} session
 */

/**
 * OpenCode 2.
 * @param {Context2} ctx
 */
async function setup(ctx) {
  const { directory } = ctx.location
  const sessions = mail({
    directory,
    async isOurs(sessionID) {
      const { parentID, location } = await ctx.session.get({ sessionID })
      return parentID === undefined && (location?.directory ?? directory) === directory
    },
    tell: (sessionID, text) => ctx.session.synthetic({ sessionID, text }),
    prompt: (sessionID, text) => ctx.session.prompt({ sessionID, text }),
    completesPrompts: false,
  })
  const controller = new AbortController()
  /** @param {Event2} event */
  const receive = ({ type, location, data }) => {
    const id = data?.sessionID
    // The server sends all its events, including those of other folders.
    if (id === undefined || (location?.directory ?? directory) !== directory) return
    if (type === 'session.created') quietly(sessions.created(id))
    // Failed or interrupted turns end with other events. They must not go on.
    if (type === 'session.execution.succeeded') quietly(sessions.idle(id))
    if (type === 'session.execution.started') sessions.busy(id)
    if (type === 'session.deleted') sessions.deleted(id)
  }
  const listen = async () => {
    const { signal } = controller
    while (!signal.aborted) {
      try {
        for await (const event of ctx.event.subscribe({ signal })) receive(event)
      } catch {
        // The stream broke. The next stream reports later events.
      }
      if (!signal.aborted) await pause(REOPEN_AFTER)
    }
  }
  quietly(listen())
  return () => {
    controller.abort()
    sessions.stop()
  }
}

export default { id: 'cross-agent-mail', server, setup }
