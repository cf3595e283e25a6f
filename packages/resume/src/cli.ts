import { runMain } from '@cac/core/main'
import { resumeTable } from './options'
import { resume } from './resume'

runMain(resumeTable, resume)
