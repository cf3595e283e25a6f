import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { until } from '../../support/until'
import { anthropic } from './anthropic'
import { generateContent } from './gemini'
import { type Act, json, type RequestBody } from './protocol'
import { responses } from './responses'

/** What the model does for one request of a turn. */
export interface Step {
  /** Is done before the answer. The agent waits for it. */
  readonly before?: () => unknown
  readonly act: Act | ((request: string) => Act)
}

/** A request of a turn. */
export interface Asked {
  /** `performance.now()` when it came. */
  readonly at: number
  /** The whole body, as JSON. */
  readonly text: string
  /** The end of the conversation: a prompt, or what a tool gave, as JSON. */
  readonly newest: string
  /** How many of our notices are in it. */
  readonly notices: number
}

const PROTOCOLS = [anthropic, responses, generateContent]
/** A path where an agent may look for packages, so that it finds none at once. */
export const NO_REGISTRY = '/npm/'
/** In each notice about mail that recv would process. */
const NOTICE = /Read with: cross-agent-recv --next/g

/**
 * A server where agents expect a model. There is none: a prompt names a plan, and the plan's steps are the answers.
 * It records every request of a turn. Requests without tools, for titles and the like, are answered and forgotten.
 */
export class Model {
  readonly asked: Asked[] = []
  readonly #plans = new Map<string, Step[]>()
  #onNotice: Step[] = []
  #planned = 0
  #count = 0
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
  }

  /** Listens on a free port of 127.0.0.1; returns the URL. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** A prompt that has the model take these steps, one a request. After the last it says ok. */
  plan(...steps: Step[]): string {
    this.#planned += 1
    const prompt = `plan-${this.#planned}-begins`
    this.#plans.set(prompt, steps)
    return prompt
  }

  /** The steps that follow the next notice. */
  onNotice(...steps: Step[]): void {
    this.#onNotice = steps
  }

  /** Takes no more steps of what was planned so far. */
  forget(): void {
    this.#plans.clear()
    this.#onNotice = []
  }

  /** The request with this number, counted from 0, once it is there. */
  async request(number: number, what: string, limit?: number): Promise<Asked> {
    await until(() => this.asked.length > number, what, limit)
    return this.asked[number] as Asked
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const path = (request.url ?? '').replace(/\?.*/, '')
    if (path.startsWith(NO_REGISTRY)) return void response.writeHead(404).end()
    const protocol = PROTOCOLS.find((one) => one.path.test(path))
    const text = Buffer.concat(chunks).toString()
    if (protocol === undefined)
      return send(response, json({ data: [], models: [], input_tokens: 1, totalTokens: 1 }))
    const body: RequestBody = { stream: path.includes(':stream'), ...JSON.parse(text) }
    this.#count += 1
    const id = String(this.#count).padStart(8, '0')
    send(response, protocol.answer(await this.#act(body, text), body, id))
  }

  async #act(body: RequestBody, text: string): Promise<Act> {
    if (body.tools === undefined || body.tools.length === 0) return { say: 'ok' }
    const notices = text.match(NOTICE)?.length ?? 0
    const newest = JSON.stringify((body.messages ?? body.input ?? body.contents)?.at(-1))
    this.asked.push({ at: performance.now(), text, newest, notices })
    const plans = [...this.#plans].filter(([prompt]) => text.includes(prompt)).map(([, steps]) => steps)
    const queue = notices > 0 ? [this.#onNotice, ...plans] : plans
    const step = queue.find((steps) => steps.length > 0)?.shift()
    await step?.before?.()
    const act = step?.act ?? { say: 'ok' }
    return typeof act === 'function' ? act(text) : act
  }
}

function send(response: ServerResponse, { type, text }: { type: string; text: string }): void {
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
