import { runMain } from '@cac/core/main'
import { sendTable } from './options'
import { send } from './send'

runMain(sendTable, send)
