import { runMain } from '@cac/core/command/main'
import { halt } from './halt'
import { haltTable } from './options'

runMain(haltTable, halt)
