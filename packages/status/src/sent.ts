import { NO_BRAKE } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { keptFrom } from '@cac/core/delivery/outbox'
import { answersIn, inboxesHere } from '@cac/core/delivery/sent-here'
import { answeredElsewhere, type Sent, sentTo } from '@cac/core/delivery/sent-message'
import { inboxesOnPeer, type PeerAnswer, type PlacedProject } from '@cac/core/delivery/sent-on-peer'
import { makeJudge } from '@cac/core/mailbox/judge'
import { machineName } from '@cac/core/peers/machine-name'
import { type Entry, listPeers, readPeersFile } from '@cac/core/peers/peers-file'
import { peersAtOnce } from '@cac/core/peers/reach'
import { mapParallel } from '@cac/core/programs/parallel'
import { findProject, ownInboxes } from '@cac/core/project/project'
import { findSender } from '@cac/core/project/project-at'
import { Projects } from '@cac/core/project/projects'
import { compareText } from '@cac/core/text/python-text'
import { renderSent, sentJson } from './render-sent'

/** What `--sent` found. */
export interface SentReport {
  readonly project: string
  readonly conversation: string | undefined
  readonly halted: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The oldest first. */
  readonly sent: readonly Sent[]
  readonly unreached: readonly { readonly name: string; readonly host: string; readonly problem: string }[]
}

interface Wanted {
  readonly project: string | undefined
  readonly json: boolean
  readonly halted: boolean
}

/** Shows a project's sent messages and their state, from its own inboxes and those of its receivers (contract C18). */
export async function showSent(
  conversation: string | undefined,
  { project: given, json, halted }: Wanted,
  context: Context,
): Promise<number> {
  const peers = await readPeersFile(context.paths)
  const machine = machineName(peers, context)
  const project = given ?? findSender(context, new Projects(context.paths, peers)).name
  const placed = peers.placedProjects().map((name) => ({ project: name, inbox: peers.inboxPath(name) ?? '' }))
  const asked = await askPeers(project, placed, context)
  const here = await ownInboxes(context)
  const answers = answersIn(here.filter((inbox) => inbox.project === project))
  const inboxes = [
    ...(await inboxesHere(here, project, machine, makeJudge(context, NO_BRAKE))),
    ...asked.flatMap(({ answer }) => ('inboxes' in answer ? answer.inboxes : [])),
  ]
  const found = inboxes.flatMap((inbox) => sentTo(inbox, project, answers))
  const arrived = new Map(found.map((message) => [`${message.to}/${message.identity}`, message]))
  const placesHeld = new Set(found.map(placeOf))
  const kept = keptFrom(project, context.paths, context.now()).filter(
    (message) => !placesHeld.has(placeOf(message)),
  )
  const names = new Set([...found, ...kept].map(({ name }) => name))
  const gone = answeredElsewhere(answers, project, (name) => names.has(name))
  const all = [...arrived.values(), ...kept, ...gone]
  // A project that is gone may have sent messages. A name that sent none must be a project (contract B71).
  if (given !== undefined && all.length === 0) await findProject(given, context)
  const sent = all
    .filter((message) => conversation === undefined || message.conversation === conversation)
    .sort((a, b) => compareText(a.name, b.name) || compareText(a.to, b.to))
  const unreached = asked.flatMap(({ name, host, answer }) =>
    'problem' in answer ? [{ name, host, problem: answer.problem }] : [],
  )
  const report: SentReport = { project, conversation, halted, now: context.now(), sent, unreached }
  context.out(json ? sentJson(report) : renderSent(report))
  return 0
}

/** Two peers may be names of one inbox. Then it is shown under both names. */
function placeOf({ to, name }: Sent): string {
  return `${to}/${name}`
}

interface Asked {
  readonly name: string
  readonly host: string
  readonly answer: PeerAnswer
}

async function askPeers(
  project: string,
  placed: readonly PlacedProject[],
  context: Context,
): Promise<readonly Asked[]> {
  const entries = await listPeers(context.paths)
  return mapParallel(entries, peersAtOnce(), (entry) => askPeer(entry, project, placed, context))
}

/** A malformed peer does not stop the others from being asked (contract B13). */
async function askPeer(
  { name, peer }: Entry,
  project: string,
  placed: readonly PlacedProject[],
  context: Context,
): Promise<Asked> {
  try {
    const found = peer()
    return { name, host: found.host, answer: await inboxesOnPeer(found, project, placed, context) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { name, host: name, answer: { problem: error.message } }
  }
}
