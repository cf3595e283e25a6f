import { runMain } from '@cac/core/command/main'
import { watchTable } from './options'
import { readShellFlags } from './shell-flags'
import { watch } from './watch'

runMain(watchTable, watch, readShellFlags)
