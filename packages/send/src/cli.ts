import { runMain } from '@cac/core/command/main'
import { sendTable } from './options'
import { send } from './send'

runMain(sendTable, send)
