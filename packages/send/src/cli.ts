import { runMain } from '@cac/core/command/main'
import { sendTable } from './options'
import { readSendLine } from './read-line'
import { send } from './send'

runMain(sendTable, send, readSendLine)
