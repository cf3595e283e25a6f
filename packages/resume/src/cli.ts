import { runMain } from '@cac/core/command/main'
import { resumeTable } from './options'
import { resume } from './resume'

runMain(resumeTable, resume)
