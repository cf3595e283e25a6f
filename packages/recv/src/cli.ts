import { runMain } from '@cac/core/main'
import { recvTable } from './options'
import { recv } from './recv'

runMain(recvTable, recv)
