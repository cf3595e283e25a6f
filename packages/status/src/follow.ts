import type { Context } from '@cac/core/command/context'
import { LineOutput } from '@cac/core/command/line-output'
import { keepHeapSmall } from '@cac/core/command/small-heap'
import { follow } from '@cac/core/follow/follow'
import type { Happening, MessageHappening } from '@cac/core/follow/happening'
import type { Reading } from '@cac/core/follow/reading'
import { Teller } from '@cac/core/follow/teller'
import type { Told } from '@cac/core/follow/told-text'
import { fileName } from '@cac/core/fs/paths'
import { projectInAddress } from '@cac/core/message/address'
import { mayBeFrom, senderInName } from '@cac/core/message/message-name'
import { machineName } from '@cac/core/peers/machine-name'
import { readPeersFile } from '@cac/core/peers/peers-file'
import { mapParallel } from '@cac/core/programs/parallel'
import { findProject } from '@cac/core/project/project'
import { eventJson } from './event-json'
import type { Options } from './options'
import { renderEvent, type ShownEvent } from './render-event'

/** How many events are made ready at once, before their lines are written. */
const AT_ONCE = 8
/** How many gpg run at a time. */
const MOST_GPG = 4

/**
 * Prints what waits, then one line for each thing that happens on this machine, or to and from one project, until it is
 * ended (contract C31). It ends quietly when nobody reads any more.
 */
export async function followEvents({ here, project, json }: Options, context: Context): Promise<number> {
  const wanted = here || project !== undefined ? (await findProject(project, context)).name : undefined
  keepHeapSmall()
  const machine = machineName(await readPeersFile(context.paths), context)
  const output = new LineOutput(context)
  const viewer = new Viewer(new Teller(context), wanted)
  const lineOf = (event: ShownEvent) => {
    const { columns, isColoured } = output
    const now = context.now()
    return json ? eventJson(event, now) : renderEvent(event, { columns, isColoured, machine }, now)
  }
  let isFirst = true
  for await (const { happenings, reading } of follow(context, 'cross-agent-status')) {
    for await (const events of viewer.view(happenings, reading))
      if (!output.write(events.map(lineOf).join(''))) return 0
    if (!output.write(isFirst ? lineOf(viewer.ready(happenings, reading)) : '')) return 0
    isFirst = false
  }
  return 0
}

/** Makes of what happened what is shown. */
class Viewer {
  readonly #teller: Teller
  readonly #wanted: string | undefined

  /** With `wanted`, only what concerns that project. */
  constructor(teller: Teller, wanted: string | undefined) {
    this.#teller = teller
    this.#wanted = wanted
  }

  /** In the order in which it happened, a few at a time. */
  async *view(happenings: readonly Happening[], reading: Reading): AsyncGenerator<readonly ShownEvent[]> {
    const concerning = happenings.filter((happening) => this.#mayConcern(happening))
    if (concerning.length > 0) this.#teller.begin(concerning)
    for (let start = 0; start < concerning.length; start += AT_ONCE) {
      const some = concerning.slice(start, start + AT_ONCE)
      const shown = await mapParallel(some, MOST_GPG, (happening) => this.#show(happening, reading))
      yield shown.flat()
    }
  }

  ready(happenings: readonly Happening[], { inboxes }: Reading): ShownEvent {
    const isOwn = ({ project }: { readonly project: string }) =>
      this.#wanted === undefined || project === this.#wanted
    return {
      event: 'ready',
      waiting: happenings.filter((one) => one.event === 'waits' && isOwn(one)).length,
      inboxes: [...inboxes.values()].filter(isOwn).length,
    }
  }

  async #show(happening: Happening, reading: Reading): Promise<ShownEvent[]> {
    if ('path' in happening) {
      const told = await this.#teller.ofMessage(happening, reading)
      if (!this.#concerns(happening.project, told)) return []
      const shown: ShownEvent = { event: 'message', of: happening, told }
      return isAnswer(happening, told) ? [shown, { ...shown, event: 'answered' }] : [shown]
    }
    if ('entry' in happening) {
      if (happening.event === 'sending') return []
      const told = await this.#teller.ofOutgoing(happening)
      return told.is === 'withheld' || this.#concerns(undefined, told)
        ? [{ event: 'outbox', of: happening, told }]
        : []
    }
    return [{ event: 'other', of: happening }]
  }

  /** By what needs no gpg. */
  #mayConcern(happening: Happening): boolean {
    const wanted = this.#wanted
    if (wanted === undefined) return true
    if ('path' in happening) return isOf(happening, wanted)
    if ('entry' in happening) return mayBeFrom(happening.message.name, wanted)
    return !('project' in happening) || happening.project === wanted
  }

  #concerns(project: string | undefined, told: Told): boolean {
    const wanted = this.#wanted
    if (wanted === undefined || project === wanted) return true
    if (told.is === 'withheld' || told.from === undefined) return false
    return told.from === wanted || projectInAddress(told.from) === wanted
  }
}

function isOf({ project, path }: MessageHappening, wanted: string): boolean {
  return project === wanted || mayBeFrom(fileName(path), wanted)
}

/** Whether a message that has come answers one that this project has sent. */
function isAnswer({ event, project }: MessageHappening, told: Told): boolean {
  if (event !== 'arrived' || told.is !== 'told' || told.inReplyTo === undefined) return false
  return senderInName(told.inReplyTo, told.conversation) === project
}
