import { runMain } from '@cac/core/command/main'
import { statusTable } from './options'
import { status } from './status'

runMain(statusTable, status)
