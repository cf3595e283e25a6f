// Refuses OpenCode's tools while HALT is there. Written by: cross-agent-watch --hook opencode --install --brake
// Taken away by: cross-agent-watch --hook opencode --remove
// @ts-check
import { lstatSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const HALT = '/nowhere/HALT'

/** Most characters of the reason. */
const LONGEST = 2_000

/**
 * Whether a path is surely absent. A path that cannot be looked at counts as present: the brake fails closed.
 * @param {string} path
 * @returns {boolean}
 */
function isSurelyAbsent(path) {
  try {
    lstatSync(path)
    return false
  } catch (error) {
    const code = Object(error).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return false
  }
  const folder = dirname(path)
  try {
    statSync(folder)
    return true
  } catch {
    return folder !== path && isSurelyAbsent(folder)
  }
}

/** HALT's reason without control characters, on one line. */
function reason() {
  try {
    if (!statSync(HALT).isFile()) return ''
    return readFileSync(HALT, 'utf8')
      .replace(/[\p{C}\p{Z}]+/gu, ' ')
      .trim()
      .slice(0, LONGEST)
  } catch {
    return ''
  }
}

/** Throws while HALT is there: OpenCode then refuses the tool with this message. */
function refuse() {
  if (isSurelyAbsent(HALT)) return
  const why = reason()
  throw new Error(
    `halt active${why === '' ? '' : `: ${why}`} (all tools are refused until a person runs cross-agent-resume)`,
  )
}

/** OpenCode 1. */
async function server() {
  return {
    async 'tool.execute.before'() {
      refuse()
    },
  }
}

/**
 * OpenCode 2.
 * @param {{ tool: { hook(name: string, run: () => void): Promise<unknown> } }} ctx
 */
async function setup(ctx) {
  await ctx.tool.hook('execute.before', refuse)
}

export default { id: 'cross-agent-brake', server, setup }
