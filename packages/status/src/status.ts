import type { Context } from '@cac/core/context'
import { haltBanner, readHalt } from '@cac/core/halt'
import { matchingFolders, projectInboxes } from '@cac/core/inboxes'
import type { Values } from '@cac/core/options'
import { paths } from '@cac/core/paths'
import { compareText } from '@cac/core/python-text'
import type { statusTable } from './options'
import { projectOf } from './project'
import { type Row, renderJson, renderTable } from './render'
import { scanInbox } from './scan'

/** Shows what waits in every inbox. Read-only, so it goes on under HALT, below a banner. */
export async function status({ options }: Values<typeof statusTable>, context: Context): Promise<number> {
  const halt = readHalt(context.home)
  if (halt !== undefined) {
    const banner = haltBanner(halt, `rm ${paths(context.home).haltFile}  (or: cross-agent-resume)`)
    // The banner above JSON would make it something else than JSON (contract B14).
    if (options.json) context.err(banner.trimEnd())
    else context.out(banner)
  }
  const glob = options['projects-glob']
  const inboxes = glob === undefined ? projectInboxes(context.home) : await matchingFolders(glob)
  const rows: Row[] = inboxes.map((inbox) => {
    return { project: projectOf(inbox, context.home), ...scanInbox(inbox) }
  })
  rows.sort((a, b) => b.pending - a.pending || compareText(a.project, b.project))
  const snapshot = { now: context.now(), halted: halt !== undefined, rows }
  context.out(options.json ? renderJson(snapshot) : renderTable(snapshot))
  return 0
}
