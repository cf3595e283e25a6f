import { runMain } from '@cac/core/main'
import { discover } from './discover'
import { discoverTable } from './options'

runMain(discoverTable, discover)
