import { runMain } from '@cac/core/command/main'
import { recvTable } from './options'
import { recv } from './recv'

runMain(recvTable, recv)
