import { runMain } from '@cac/core/command/main'
import { readShellFlags } from '@cac/core/command/shell-flags'
import { watchTable } from './options'
import { watch } from './watch'

runMain(watchTable, watch, readShellFlags)
