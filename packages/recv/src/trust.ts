import { CommandError, hasCode } from '@cac/core/errors'
import { readRegularFile } from '@cac/core/files'
import { isStamped, MESSAGE_SUFFIX } from '@cac/core/message-file'
import { paths } from '@cac/core/paths'
import { readPeersFile, type Trust } from '@cac/core/peers'
import type { Signer } from '@cac/core/signing'

/**
 * Why good signatures by these keys do not vouch for a message of this name; undefined if they do. Without
 * `[trust]` in peers.toml every key does; with it every signature must be by a key of the list, and of the
 * list of the sending project where that has one. What cannot be read denies (contract C1).
 */
export async function distrustOf(
  signers: readonly Signer[],
  name: string,
  conversation: string,
  home: string,
): Promise<string | undefined> {
  try {
    if (!mentionsTrust(paths(home).peersFile)) return undefined
    const trust = (await readPeersFile(home)).trust()
    if (trust === undefined) return undefined
    const lists = [trust.signers, ...narrowerLists(trust, name, conversation)]
    const stranger = signers.find(({ key, primary }) =>
      lists.some((list) => !list.has(key) && !list.has(primary)),
    )
    return stranger && `signer is not trusted: ${stranger.primary}`
  } catch (error) {
    if (error instanceof CommandError) return `trusted signers unknown: ${error.message}`
    throw error
  }
}

/** Most files of peers say nothing of trust: then the parser need not be loaded. Escapes may spell anything. */
function mentionsTrust(peersFile: string): boolean {
  try {
    const bytes = readRegularFile(peersFile)
    return bytes.includes('trust') || bytes.includes('\\u') || bytes.includes('\\U')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false
    return true
  }
}

/**
 * The lists of the project that a file name says it is from. Where the name does not end with the message's
 * conversation, those of every project that it may mean.
 */
function narrowerLists(trust: Trust, name: string, conversation: string): ReadonlySet<string>[] {
  if (!isStamped(name)) return []
  const origin = name.slice('YYYYMMDDTHHMMSSZ-from-'.length)
  const end = `-${conversation}${MESSAGE_SUFFIX}`
  const sender = origin.endsWith(end) ? origin.slice(0, -end.length) : undefined
  const meant = [...trust.from].filter(([project]) => {
    return sender === undefined ? origin.startsWith(`${project}-`) : sender === project
  })
  return meant.map(([, list]) => list)
}
