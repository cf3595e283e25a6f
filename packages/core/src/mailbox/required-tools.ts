import { findProgram } from '../programs/find-program'
import { trim } from '../text/python-text'

/** The tools of a comma-separated list that are no executables on PATH. */
export function missingTools(list: string, path: string | undefined): string[] {
  const tools = list.split(',').map(trim)
  return tools.filter((tool) => tool !== '' && findProgram(tool, path) === undefined)
}
