import type { CommandRan, Event, FileLeft, Intended, MachineLeft, Moment, Night, Place } from '../history'

/** A message that lies in an inbox, as a test sees it. */
export interface Letter extends Pick<Intended, 'token' | 'conversation' | 'to' | 'from'> {
  readonly name: string
}

type Unstamped<Some> = Some extends Event ? Omit<Some, 'at' | 'ended'> : never
type Changes = Partial<Pick<CommandRan, 'exit' | 'stdout' | 'stderr' | 'at' | 'ended'>>
type Sending = Partial<Pick<Intended, 'conversation' | 'type' | 'byDoomedKey'>> & Changes

const INBOX = 'inbox/from-agents'
/** Milliseconds that a command takes. */
const TAKES = 100
const STARTED = Date.UTC(2026, 0, 1)

/** A night that a test makes by hand. Each step takes a moment. Files lie where the steps leave them. */
export class NightBuilder {
  readonly events: Event[] = []
  now: Moment = 0
  readonly status = new Map<string, string>()
  readonly waiting: (MachineLeft['waiting'][number] & { machine: string })[] = []
  readonly processes: string[] = []
  readonly #files = new Map<string, Map<string, FileLeft>>()
  readonly #kinds = new Map<string, MachineLeft['kind']>()
  readonly #sessions = new Map<string, Place>()

  constructor(...scripts: string[]) {
    for (const name of ['a', 'b', 'c']) {
      this.#files.set(name, new Map())
      this.#kinds.set(name, scripts.includes(name) ? 'script' : 'ours')
    }
  }

  pass(milliseconds: number): this {
    this.now += milliseconds
    return this
  }

  note(event: Unstamped<Event>, at = this.now, ended = at): void {
    this.events.push({ ...event, at, ended } as Event)
  }

  session(name: string, place: string, kind: 'loop' | 'hook' | 'script' = 'loop'): string {
    const [machine = '', project = ''] = place.split('.')
    this.#sessions.set(name, { machine, project })
    this.note({ what: 'session began', machine, project, session: name, kind })
    return name
  }

  end(session: string, how: 'ended' | 'killed' = 'ended'): void {
    this.note({ what: 'session ended', session, machine: this.#place(session).machine, how })
  }

  /** A command of a session, or of a person on a machine. It takes a moment, unless `changes` says when it ran. */
  run(
    who: string,
    command: string,
    args: readonly string[],
    changes: Changes & Partial<CommandRan> = {},
  ): void {
    const { at = this.now, ended = at + TAKES, ...more } = changes
    const place = this.#sessions.get(who)
    const by = place === undefined ? { machine: who } : { ...place, session: who }
    const kind = this.#kinds.get(by.machine) ?? 'ours'
    this.note(
      { what: 'command', ...by, command, kind, args, exit: 0, stdout: '', stderr: '', ...more },
      at,
      ended,
    )
    this.now = Math.max(this.now, ended)
  }

  /** Sends a message, which then lies in its inbox. */
  send(session: string, token: string, project: string, changes: Sending = {}): Letter {
    const { conversation = 'talk', type = 'request', byDoomedKey = false, ...outcome } = changes
    const [machine = '', name = ''] = project.split('.')
    const [from, to] = [this.#place(session), { machine, project: name }]
    const what = { token, session, from, to, conversation, type, byDoomedKey }
    this.note({ what: 'intended', ...what })
    const letter = { token, conversation, from, to, name: this.#freeName(to, from.project, conversation) }
    const path = `/${machine}/projects/${name}/${INBOX}/${letter.name}`
    const args = [project, '-m', `token=${token};`, '--conversation', conversation]
    this.run(session, 'send', args, { token, stdout: `sent: ${path}\n`, ...outcome })
    this.lay(letter)
    return letter
  }

  #freeName(to: Place, project: string, conversation: string): string {
    for (let second = Math.floor(this.now / 1000); ; second++) {
      const stamp = new Date(STARTED + second * 1000).toISOString().replace(/[-:]|\.\d+/g, '')
      const name = `${stamp}-from-${project}-${conversation}.org`
      const isFree = ['', 'done/', 'aside/'].every((folder) => !this.isThere({ to, name }, folder))
      if (isFree) return name
    }
  }

  isThere({ to, name }: Pick<Letter, 'to' | 'name'>, folder = ''): boolean {
    return this.#files.get(to.machine)?.has(`projects/${to.project}/${INBOX}/${folder}${name}`) ?? false
  }

  lay({ to, name, token }: Letter, folder = '', at: Place = to): void {
    const path = `projects/${at.project}/${INBOX}/${folder}${name}`
    this.file(at.machine, path, token)
    this.file(at.machine, `${path}.asc`)
  }

  lift({ to, name }: Letter, folder = ''): void {
    const path = `projects/${to.project}/${INBOX}/${folder}${name}`
    for (const end of ['', '.asc']) this.#files.get(to.machine)?.delete(path + end)
  }

  file(machine: string, path: string, token?: string): void {
    const left = { path, size: 100, ...(token === undefined ? {} : { token }) }
    this.#files.get(machine)?.set(path, left)
  }

  /** Shows a message to a session, which has it and its conversation from then on. */
  take(session: string, letter: Letter, changes: Changes & { seconds?: number } = {}): void {
    const { seconds = 45, ...outcome } = changes
    const shown = {
      decision: 'process',
      conversation_id: letter.conversation,
      path: this.#path(letter),
      body: `token=${letter.token};\n`,
    }
    const args = ['--next', '--take', '--for', String(seconds), '--json']
    this.run(session, 'recv', args, { stdout: `${JSON.stringify(shown)}\n`, ...outcome })
  }

  #path({ to, name }: Letter): string {
    return `/${to.machine}/projects/${to.project}/${INBOX}/${name}`
  }

  handle(session: string, letter: Letter): void {
    const { token, conversation } = letter
    this.note({
      what: 'handled',
      ...this.#place(session),
      session,
      token,
      conversation,
      file: this.#path(letter),
    })
    this.pass(10)
  }

  move(session: string, how: 'done' | 'aside' | 'put-back', letter: Letter, changes: Changes = {}): void {
    this.run(session, 'recv', [`--${how}`, this.#path(letter)], changes)
    if ((changes.exit ?? 0) !== 0 || changes.exit === null) return
    if (how === 'put-back') return
    this.lift(letter)
    this.lay(letter, `${how}/`)
  }

  /** Takes, handles and finishes a message. */
  work(session: string, letter: Letter): void {
    this.take(session, letter)
    this.handle(session, letter)
    this.move(session, 'done', letter)
  }

  hook(session: string, event: string, changes: Changes & { waits?: boolean } = {}): void {
    const { waits = false, ...outcome } = changes
    this.run(session, 'watch', ['--hook', 'claude', ...(waits ? ['--once'] : [])], {
      hook: event,
      ...outcome,
    })
  }

  build(): Night {
    const machines = [...this.#files].map(([name, files]) => ({
      name,
      kind: this.#kinds.get(name) ?? 'ours',
      files: [...files.values()],
      processes: name === 'a' ? this.processes : [],
      status: this.status.get(name) ?? '',
      waiting: this.waiting.filter(({ machine }) => machine === name),
    }))
    const events = this.events.toSorted((one, other) => one.ended - other.ended || one.at - other.at)
    return { seed: 0, events, machines }
  }

  #place(session: string): Place {
    const place = this.#sessions.get(session)
    if (place === undefined) throw new Error(`no session ${session}`)
    return place
  }
}
