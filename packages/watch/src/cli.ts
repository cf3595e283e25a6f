import { runMain } from '@cac/core/main'
import { readFlags } from './flags'
import { watchTable } from './options'
import { watch } from './watch'

runMain(watchTable, watch, readFlags)
