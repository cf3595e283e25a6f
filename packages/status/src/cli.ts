import { runMain } from '@cac/core/main'
import { statusTable } from './options'
import { status } from './status'

runMain(statusTable, status)
