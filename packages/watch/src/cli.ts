import { runMain } from '@cac/core/main'
import { readShellFlags } from '@cac/core/shell-flags'
import { watchTable } from './options'
import { watch } from './watch'

runMain(watchTable, watch, readShellFlags)
