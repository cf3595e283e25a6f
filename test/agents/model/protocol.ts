/** What the model does next: it has a command run, or it says something and the turn ends. */
export type Act = { readonly run: string } | { readonly say: string }

/** A request of an agent, as far as the protocols agree. */
export interface RequestBody {
  readonly model?: string
  readonly stream?: boolean
  readonly tools?: readonly Tool[]
  /** The conversation, by the name that the protocol has for it. */
  readonly messages?: readonly unknown[]
  readonly input?: readonly unknown[]
  readonly contents?: readonly unknown[]
}

interface Tool {
  readonly name?: string
  readonly type?: string
}

/** One way to speak with a model. */
export interface Protocol {
  /** The end of the paths that it answers, without their query. */
  readonly path: RegExp
  /** What is sent back. `id` has not been used before. */
  answer(act: Act, body: RequestBody, id: string): Answer
}

export interface Answer {
  readonly type: 'application/json' | 'text/event-stream'
  readonly text: string
}

export function json(value: unknown): Answer {
  return { type: 'application/json', text: JSON.stringify(value) }
}

/** Server-sent events, each named by its own type if it has one. */
export function stream(events: readonly Readonly<Record<string, unknown>>[]): Answer {
  const lines = events.map(
    (event) =>
      `${event.type === undefined ? '' : `event: ${event.type}\n`}data: ${JSON.stringify(event)}\n\n`,
  )
  return { type: 'text/event-stream', text: lines.join('') }
}
