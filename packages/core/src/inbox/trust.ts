import { isUtf8 } from 'node:buffer'
import { Failure } from '../command/failure'
import { isSurelyAbsent, readRegularFile } from '../fs/files'
import type { Paths } from '../fs/paths'
import type { Signer } from '../message/signing'
import { readPeersFile, type Trust } from '../peers/peers-file'
import { originOf } from './origin'

/**
 * Why good signatures by these keys do not vouch for a message of this name; undefined if they do. Without
 * `[trust]` in peers.toml every key does; with it every signature must be by a key of the list, and of the
 * list of the sending project where that has one. What cannot be read denies (contract C1, B36).
 */
export async function distrustOf(
  signers: readonly Signer[],
  name: string,
  conversation: string,
  paths: Paths,
): Promise<string | undefined> {
  try {
    if (!mayMentionTrust(paths.peersFile)) return undefined
    const trust = (await readPeersFile(paths, undefined, true)).trust()
    return trust && distrustUnder(trust, signers, name, conversation)
  } catch (error) {
    if (error instanceof Failure) return `trusted signers unknown: ${error.message}`
    throw error
  }
}

/**
 * Most files of peers say nothing of trust: then the parser need not be loaded. Escapes may spell anything, and
 * what holds NULs or is not UTF-8 may be text of another encoding.
 */
function mayMentionTrust(peersFile: string): boolean {
  try {
    if (isSurelyAbsent(peersFile)) return false
    const bytes = readRegularFile(peersFile)
    return ['trust', '\\u', '\\U', '\0'].some((part) => bytes.includes(part)) || !isUtf8(bytes)
  } catch {
    return true
  }
}

/** As above, by lists that were read. Those of projects need a name that tells the sender (contract B39). */
function distrustUnder(
  { signers: trusted, from }: Trust,
  signers: readonly Signer[],
  name: string,
  conversation: string,
): string | undefined {
  const lists = [trusted]
  if (from.size > 0) {
    const origin = originOf(name, conversation, from.keys())
    if ('outsideGrammar' in origin)
      return '[trust.from] needs the name <YYYYMMDDTHHMMSSZ>-from-<sender>-<conversation>.org to tell the sender'
    const narrower = origin.project === undefined ? undefined : from.get(origin.project)
    if (narrower !== undefined) lists.push(narrower)
  }
  const stranger = signers.find(({ key, primary }) =>
    lists.some((list) => !list.has(key) && !list.has(primary)),
  )
  return stranger && `signer is not trusted: ${stranger.primary}`
}
