import { showHaltBanner } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import type { Values } from '@cac/core/command/table'
import { inboxesOf, localInboxes } from '@cac/core/inbox/local-inboxes'
import { scanInbox } from '@cac/core/inbox/scan'
import { compareText } from '@cac/core/text/python-text'
import type { statusTable } from './options'
import { type Row, renderJson, renderTable } from './render'

/** Which folder above an inbox of unusual place names its project: the script's choice. */
const LEVELS_UP = 3

/** Shows what waits in every inbox. Read-only, so it goes on under HALT, below a banner. */
export async function status({ options }: Values<typeof statusTable>, context: Context): Promise<number> {
  const clear = `rm ${context.paths.haltFile}  (or: cross-agent-resume)`
  const halted = showHaltBanner(context, options.json, clear)
  const glob = options['projects-glob']
  const inboxes =
    glob === undefined ? await localInboxes(context, LEVELS_UP) : await inboxesOf(glob, context, LEVELS_UP)
  const rows: Row[] = inboxes.map(({ folder, project }) => ({ project, ...scanInbox(folder) }))
  rows.sort((a, b) => b.pending - a.pending || compareText(a.project, b.project))
  const snapshot = { now: context.now(), halted, rows }
  context.out(options.json ? renderJson(snapshot) : renderTable(snapshot))
  return 0
}
