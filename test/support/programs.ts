import { findProgram } from '@cac/core/programs/find-program'
import { isCi } from './root'

/** Whether tests of a program can run. Where CI runs them it must be there: they fail without it. */
export const has = (program: string): boolean => isCi || findProgram(program, process.env.PATH) !== undefined
