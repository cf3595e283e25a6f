import type { CommandTable } from '@cac/core/command/table'
import { discoverTable } from '../../packages/discover/src/options'
import { haltTable } from '../../packages/halt/src/options'
import { recvTable } from '../../packages/recv/src/options'
import { resumeTable } from '../../packages/resume/src/options'
import { sendTable } from '../../packages/send/src/options'
import { statusTable } from '../../packages/status/src/options'
import { watchTable } from '../../packages/watch/src/options'

/** The option tables of all commands. */
export const tables: readonly CommandTable[] = [
  discoverTable,
  haltTable,
  recvTable,
  resumeTable,
  sendTable,
  statusTable,
  watchTable,
]
