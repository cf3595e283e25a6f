import { realpathSync } from 'node:fs'
import type { Context } from '../command/context'
import { exec, lastWords } from '../programs/exec'
import { findProgram } from '../programs/find-program'
import { toPath } from '../text/raw-name'
import type { HookProgram } from './our-hooks'

type Program = Pick<Context, 'env' | 'program'>

/**
 * How hooks start cross-agent-watch, from inside of it. Agents do not have a terminal's PATH, so both paths are
 * absolute. A path on PATH stays right after a new installation, so it wins over the file that it leads to.
 */
export function hookProgram({ env, program }: Program): HookProgram {
  return {
    program: onPath('cross-agent-watch', program.script, env.PATH),
    node: onPath('node', program.node, env.PATH),
  }
}

/** The path of a file on PATH if it is a lasting one; else its own path. */
function onPath(name: string, file: string, path: string | undefined): string {
  const found = findProgram(name, path)
  const isIt = found?.startsWith('/') && !isPassing(found) && realPath(found) === realPath(file)
  return isIt && found !== undefined ? found : file
}

/** Folders that end with the terminal or the computer: fnm makes one for each shell. */
function isPassing(path: string): boolean {
  return /\/fnm_multishells\/|^\/(run|tmp|var\/run|var\/tmp|dev\/shm)\//.test(path)
}

function realPath(path: string): string {
  try {
    return realpathSync(toPath(path)).toString()
  } catch {
    return path
  }
}

/** The PATH of a program that a desktop starts. */
const SHORT_PATH = '/usr/bin:/bin'
/** Milliseconds that a hook may take. */
const TIME_LIMIT = 20_000

/**
 * Runs the commands of hooks as an agent would that a desktop has started, without an event. Returns why the first of
 * them fails. A hook of the brake may refuse.
 */
export async function firstFailure(
  commands: readonly string[],
  { home }: Pick<Context, 'home'>,
): Promise<string | undefined> {
  for (const command of new Set(commands)) {
    const env = { PATH: SHORT_PATH, HOME: home }
    const result = await exec('/bin/sh', ['-c', command], { env, timeout: TIME_LIMIT, output: 'words' })
    if (result.exitCode !== 0 && result.exitCode !== 2) return lastWords(result)
  }
  return undefined
}
