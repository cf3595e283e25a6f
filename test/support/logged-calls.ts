import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home'
import { ANSWER_HONESTLY, HEAR_COMMAND } from './honest-peer'

/**
 * Stubs a program that notes its arguments, a line for each call. ssh also notes the script that it is told, and
 * answers as an honest peer does. `then` is shell text that it runs afterwards.
 */
export function stubLogging(home: Home, name: string, then = ''): void {
  const script =
    name === 'ssh'
      ? `${HEAR_COMMAND}\n[ $# = 6 ] && printf '%s\\n' "$1 $2 $3 $4 $5: $script" >> '${home.path}/ssh.log'\n${then}${ANSWER_HONESTLY}`
      : `printf '%s\\n' "$*" >> '${home.path}/${name}.log'\n${then}`
  home.stub(name, script)
}

/** The calls that it noted. */
export function callsOf(home: Home, name: string): string[] {
  const log = join(home.path, `${name}.log`)
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []
}
