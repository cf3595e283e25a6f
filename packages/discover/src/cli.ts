import { runMain } from '@cac/core/command/main'
import { discover } from './discover'
import { discoverTable } from './options'

runMain(discoverTable, discover)
