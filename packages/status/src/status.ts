import { existsSync } from 'node:fs'
import { readHalt, showHaltBanner } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import type { Values } from '@cac/core/command/table'
import { countKept } from '@cac/core/delivery/outbox-hold'
import { scanInbox } from '@cac/core/mailbox/entry'
import { type Inbox, Projects } from '@cac/core/project/projects'
import { compareText } from '@cac/core/text/python-text'
import { pathLine } from '@cac/core/text/shell'
import type { Options, statusTable } from './options'
import { type Held, type Row, renderJson, renderTable } from './render'
import type { WaitingRow } from './rows'

/** The exit codes of the gate (contract C15). */
const WAITS_EXIT = 3
const HALTED_EXIT = 5

/** Shows the messages that wait in every inbox. It only reads, so under HALT it continues, below a banner. */
export async function status(values: Values<typeof statusTable>, context: Context): Promise<number> {
  const { options, positionals } = values
  if (options.doctor) return (await import('./doctor')).doctor(options, context)
  if (options.html !== undefined) {
    if (options.follow) return (await import('./page/follow-page')).followPage(options.html, options, context)
    await (await import('./page/write-page')).writePage(options.html, options, context)
    context.out(`written: ${pathLine(options.html)}\n`)
    return 0
  }
  if (options.line) return showLine(options, context)
  if (options.follow) return (await import('./follow')).followEvents(options, context)
  const clear = `rm ${context.paths.haltFile}  (or: cross-agent-resume)`
  const halted = showHaltBanner(context, options.json || options.quiet, clear)
  if (options.sent) {
    const { showSent } = await import('./sent')
    return showSent(positionals.conversation, { ...options, halted }, context)
  }
  if (options.thread !== undefined) return (await import('./thread')).thread(options.thread, options, context)
  const inboxes = await findInboxes(options, context)
  return isPlain(options)
    ? await showPlain(inboxes, halted, options, context)
    : show(inboxes, halted, options, context)
}

/** The plain table counts the same files as the scripts, whatever their names and whoever wrote them. */
function isPlain({ here, project, messages, quiet, 'exit-code': exits }: Options): boolean {
  return !here && project === undefined && !messages && !quiet && !exits
}

async function showPlain(
  inboxes: readonly Inbox[],
  halted: boolean,
  { json }: Options,
  context: Context,
): Promise<number> {
  const rows = inSort(inboxes.map((inbox) => ({ ...inbox, ...scanInbox(inbox.folder) })))
  const snapshot = await snapshotOf(rows, halted, context)
  context.out(json ? renderJson(snapshot) : renderTable(snapshot))
  return 0
}

/** The line says itself that everything is halted: a banner would break a prompt. */
async function showLine(options: Options, context: Context): Promise<number> {
  const { statusLine } = await import('./line')
  const halted = readHalt(context.paths) !== undefined
  const { text, waits } = await statusLine(await findInboxes(options, context), halted, context)
  if (text !== '') context.out(text)
  return exitCodeOf(options, halted, waits)
}

/** With --exit-code, a caller that asks whether to continue must stop while halted. */
function exitCodeOf({ 'exit-code': exits }: Options, halted: boolean, waits: boolean): number {
  return !exits ? 0 : halted ? HALTED_EXIT : waits ? WAITS_EXIT : 0
}

/** In all other forms, the same messages wait as for `recv --next` (contract B51, B59). */
async function show(
  inboxes: readonly Inbox[],
  halted: boolean,
  options: Options,
  context: Context,
): Promise<number> {
  const { waitingRows, doesAnyWait, takesOf } = await import('./rows')
  const exitCode = (waits: boolean) => exitCodeOf(options, halted, waits)
  if (options.quiet) return exitCode(options['exit-code'] && !halted && (await doesAnyWait(inboxes, context)))
  const rows = inSort(await waitingRows(inboxes, context))
  const snapshot = await snapshotOf(rows, halted, context)
  const list = options.messages ? await import('./messages') : undefined
  const takes = options.messages ? await takesOf(rows) : new Map()
  if (options.json) {
    const messagesOf = list && ((row: WaitingRow, now: number) => list.messagesJson(row.messages, takes, now))
    context.out(renderJson(snapshot, messagesOf))
  } else {
    const listed = list?.renderMessages(
      rows.flatMap(({ messages }) => messages),
      takes,
      snapshot.now,
    )
    context.out(renderTable(snapshot) + (listed ?? ''))
  }
  return exitCode(rows.some(({ pending }) => pending > 0))
}

async function snapshotOf<Shown extends Row>(rows: readonly Shown[], halted: boolean, context: Context) {
  const now = context.now()
  return { now, halted, rows, kept: countKept(context.paths, now), held: await heldIn(rows, context) }
}

/** The conversations that wake no session of these projects for now (contract C24). */
async function heldIn(rows: readonly Row[], { paths, now }: Context): Promise<readonly Held[]> {
  if (!existsSync(paths.heldWakes)) return []
  const { heldLine, heldWakes } = await import('@cac/core/agents/held-wakes')
  const shown = new Set(rows.map(({ project }) => project))
  return heldWakes(paths, now())
    .filter(({ project }) => shown.has(project))
    .map((held) => ({ ...held, line: heldLine(held) }))
}

function inSort<Shown extends Row>(rows: Shown[]): Shown[] {
  return rows.sort((a, b) => b.pending - a.pending || compareText(a.project, b.project))
}

/** Throws Failure if there is no such project. */
async function findInboxes(
  { here, project, 'projects-glob': glob }: Options,
  context: Context,
): Promise<readonly Inbox[]> {
  if (glob !== undefined) return (await import('@cac/core/project/glob')).inboxesOf(glob, context, 'status')
  if (!here && project === undefined) return (await Projects.read(context)).inboxes()
  const { findProject } = await import('@cac/core/project/project')
  return (await findProject(project, context)).inboxes
}
