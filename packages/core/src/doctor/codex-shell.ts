import type { Context } from '../command/context'
import { isFile } from '../fs/files'
import { absolutePath, folderOf, joinPath } from '../fs/paths'
import { exec } from '../programs/exec'
import { findProgram } from '../programs/find-program'
import { shellQuote } from '../text/shell'
import { bad, type Check } from './check'

const PROGRAM = 'cross-agent-recv'
/** A start-up file may print anything before it. */
const FOUND = 'cross-agent: found'
/** Milliseconds. */
const TIME_LIMIT = 10_000
/** The start-up files of a login shell. bash reads the first that is there. */
const PROFILES = ['.bash_profile', '.bash_login']

/**
 * Codex runs commands by `bash -lc`, whose start-up files may set another PATH. Then an agent that is told of mail cannot
 * read it (contract C6). No check if the commands are not on our PATH either, which another check reports.
 */
export async function checkCodexShell(name: string, context: Context): Promise<Check[]> {
  const { env, home } = context
  const bash = findProgram('bash', env.PATH)
  const program = findProgram(PROGRAM, env.PATH)
  if (bash === undefined || program === undefined) return []
  const script = `command -v ${PROGRAM} > /dev/null && echo '${FOUND}'`
  const result = await exec(bash, ['-lc', script], { env, timeout: TIME_LIMIT })
  // 1: `command -v` found nothing. A shell that ends for another reason is not ours to judge.
  if (result.exitCode !== 1 || result.stdout.split('\n').includes(FOUND)) return []
  const folder = folderOf(absolutePath(program, context.cwd()))
  const profile = PROFILES.find((file) => isFile(joinPath(home, file))) ?? '.profile'
  const line = `export PATH=${shellQuote(folder)}:"$PATH"`
  const said = `Codex runs commands by bash -lc, which does not find ${PROGRAM}: ~/${profile} or /etc/profile sets another PATH`
  return [bad(name, said, 'add its folder there', `echo ${shellQuote(line)} >> ~/${profile}`)]
}
