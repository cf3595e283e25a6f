import { runMain } from '@cac/core/main'
import { halt } from './halt'
import { haltTable } from './options'

runMain(haltTable, halt)
