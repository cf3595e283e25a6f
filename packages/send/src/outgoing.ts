import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import type { AnsweredFile } from '@cac/core/delivery/answered'
import {
  type Destination,
  type Places,
  type Route,
  requireProjectHere,
  resolveDestination,
  routeOf,
  toOf,
} from '@cac/core/delivery/destination'
import type { Draft } from '@cac/core/delivery/draft'
import { destinationUnusable } from '@cac/core/delivery/failures'
import {
  headerFailure,
  type Message,
  readMessage,
  readSource,
  requireVisibleHeader,
  type SourceText,
} from '@cac/core/delivery/read-message'
import { parseAddress } from '@cac/core/message/address'
import { canonicalName, fitsFileSystem, LONGEST_FILE_NAME } from '@cac/core/message/message-name'
import { machineName } from '@cac/core/peers/machine-name'
import { readPeersFile } from '@cac/core/peers/peers-file'
import { findSender, type Sender } from '@cac/core/project/project-at'
import { Projects } from '@cac/core/project/projects'
import { NearbyMessages } from './nearby-messages'
import type { Request } from './options'

/** A message that is ready to be signed, and where it goes. */
export interface Outgoing extends Route {
  readonly message: Message
  readonly nearby: NearbyMessages
  /** Whether send may have chosen its SEQUENCE: then it needs no advice. */
  readonly isCompleted: boolean
}

/** The text as a complete message, or as a draft. */
type Content =
  | { readonly is: 'message'; readonly message: Message }
  | { readonly is: 'draft'; readonly draft: Draft }

/** A message for each destination: one, or several if they are composed (contract C29). */
export type AllOutgoing = readonly [Outgoing, ...Outgoing[]]

/**
 * Reads or composes the message and finds its destinations. In this order: the answered message, file, header,
 * peers.toml, the place of a file that gets a header, destinations. Throws Failure.
 */
export async function prepare(request: Request, context: Context): Promise<AllOutgoing> {
  const answered = request.replyTo === undefined ? undefined : await readAnswered(request.replyTo)
  const text = await readSource(request.source, context)
  const content = await readContent(text, request, answered, context)
  const peers = await readPeersFile(context.paths)
  const places = { peers, projects: new Projects(context.paths, peers) }
  const sender = findSender(context, places.projects)
  if (text.file !== undefined && content.is === 'draft' && !content.draft.isWhole) {
    const { requireTextHere } = await import('@cac/core/delivery/text-file')
    await requireTextHere(text.file, places.projects, context)
  }
  if (content.is === 'message') requireNameThatFits(sender, content.message)
  const addressees = await findAddressees(request, content, answered, places, context)
  const routes = addressees.map(({ given, destination }) =>
    routeOf(sender, destination, places, given, context),
  )
  const nearby = new NearbyMessages(routes, context)
  const now = context.now()
  const all: Outgoing[] = []
  for (const route of routes) {
    if (content.is === 'message') {
      all.push({ ...route, nearby, message: content.message, isCompleted: false })
      continue
    }
    const { draft } = content
    // All get one conversation and one SEQUENCE: nothing is sent yet, and all their inboxes count.
    const message = await messageOf(draft, route, nearby, now, context)
    const isCompleted = request.wanted !== undefined || !draft.front.get('SEQUENCE')
    all.push({ ...route, nearby, message, isCompleted })
  }
  const [first, ...others] = all
  if (first === undefined) throw new Error('no destination')
  return [first, ...others]
}

async function readAnswered(path: string): Promise<AnsweredFile> {
  return (await import('@cac/core/delivery/answered')).readAnswered(path)
}

/** Throws Failure if the header is invalid: exit 4, with the correct line. */
async function readContent(
  text: SourceText,
  { wanted, source }: Request,
  answered: AnsweredFile | undefined,
  context: Context,
): Promise<Content> {
  requireVisibleHeader(text)
  const reading = wanted === undefined ? readMessage(text) : undefined
  if (reading?.is === 'message') return reading
  const { readDraft } = await import('@cac/core/delivery/draft')
  const draft = await readDraft(text, wanted, { answered, isArgument: source.is === 'text' })
  if (draft !== undefined) {
    requireText(draft, source)
    return { is: 'draft', draft }
  }
  return { is: 'message', message: await requireMessage(text, context) }
}

/** An empty text from a failed command before the pipe is not a message (contract B71). Throws Failure (exit 4). */
function requireText({ front, body }: Draft, source: Request['source']): void {
  if (front.size > 0 || /\S/.test(Buffer.from(body).toString())) return
  const [problem, hint] = EMPTY[source.is]
  throw new Failure('header-invalid', { message: `${problem}; nothing was sent`, hint })
}

const EMPTY = {
  'standard-input': ['standard input gave no text', 'did the command before the pipe fail?'],
  file: ['the file holds no text', 'write the message into it first'],
  text: ['the text of -m is empty', 'give it as -m TEXT'],
} as const

async function requireMessage(text: SourceText, context: Context): Promise<Message> {
  const reading = readMessage(text)
  if (reading.is === 'message') return reading.message
  throw await headerFailure(reading, text, context.now())
}

async function findAddressees(
  { destination: given }: Request,
  content: Content,
  answered: AnsweredFile | undefined,
  places: Places,
  context: Context,
): Promise<{ readonly given: string | undefined; readonly destination: Destination }[]> {
  if (given?.includes(',')) {
    const { resolveOnly, resolveSeveral } = await import('@cac/core/delivery/several')
    if (content.is === 'draft') return resolveSeveral(given, places, context)
    return [{ given, destination: await resolveOnly(given, places, context) }]
  }
  if (given !== undefined) return [{ given, destination: await resolveDestination(given, places, context) }]
  if (answered === undefined) throw new Error('no destination')
  const { destinationOfAnswer } = await import('@cac/core/delivery/answered')
  return [{ given, destination: await destinationOfAnswer(answered, places, context) }]
}

/** Composes the message. Throws Failure: exit 2 if its project is not here, 4 for an invalid field. */
async function messageOf(
  draft: Draft,
  { sender, destination, places }: Route,
  nearby: NearbyMessages,
  now: number,
  context: Context,
): Promise<Message> {
  if (destination.peer === undefined) await requireProjectHere(destination.project, places, context)
  const { from, to } = addressesOf(sender, destination, places, context)
  const { finishDraft } = await import('@cac/core/delivery/draft')
  const bytes = await finishDraft(draft, {
    sender: sender.name,
    from,
    to,
    now,
    known: nearby.conversations,
  })
  const message = await requireMessage({ bytes, file: undefined }, context)
  requireNameThatFits(sender, message)
  return message
}

/**
 * FROM and TO of a composed message. A field that receivers would not read as an address is left out with a warning:
 * nobody could answer it, or receivers would reject the message (contract B67). Throws Failure (exit 2) for a folder
 * inside a project.
 */
function addressesOf(
  sender: Sender,
  destination: Destination,
  places: Places,
  context: Context,
): { from: string; to: string } {
  if (destination.project.includes('/')) {
    const problem = `${destination.project} is not a project, but a folder inside one`
    throw destinationUnusable(problem)
  }
  const fields = {
    from: `${machineName(places.peers, context)}.${sender.name}`,
    to: toOf(destination, places, context),
  }
  for (const field of ['from', 'to'] as const) {
    if (parseAddress(fields[field]) !== undefined) continue
    const why = field === 'from' ? 'an answer can only use the file name' : 'nothing in it names the receiver'
    context.err(
      `warning: ${field.toUpperCase()} left out: ${fields[field]} is not a plain <machine>.<project>; ${why}`,
    )
    fields[field] = ''
  }
  return fields
}

function requireNameThatFits(sender: Sender, { conversation }: Message): void {
  if (fitsFileSystem(canonicalName(0, sender.name, conversation))) return
  throw new Failure('name-too-long', {
    message: `CONVERSATION_ID is too long: the name of the message would exceed ${LONGEST_FILE_NAME} bytes`,
    hint: 'shorten the CONVERSATION_ID',
  })
}

/** The canonical name of the message some seconds after `started`, in milliseconds since the epoch. */
export function namesFrom({ sender, message }: Outgoing, started: number): (clashes: number) => string {
  return (clashes) => canonicalName(started + clashes * 1000, sender.name, message.conversation)
}
