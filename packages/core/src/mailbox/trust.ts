import { isUtf8 } from 'node:buffer'
import { Failure } from '../command/failure'
import { isSurelyAbsent, readRegularFile } from '../fs/files'
import type { Paths } from '../fs/paths'
import { looseName, projectInAddress } from '../message/address'
import { fromSenderOn } from '../message/message-name'
import type { Signer } from '../message/signing'
import { readPeersFile, saysNothingOfTrust } from '../peers/peers-file'
import type { Trust } from '../peers/trust-table'
import { repr } from '../text/python-text'

/** What a message says about its origin. */
export interface Provenance {
  /** Its file's name. */
  readonly name: string
  readonly conversation: string
  /** Its own FROM, if any (contract C11). */
  readonly from: string | undefined
}

/**
 * Why good signatures by these keys do not vouch for a message from there; undefined if they do. Without `[trust]` in
 * peers.toml every key is trusted. With it, each signature's key must be in the list, and in the sending project's list
 * if there is one. A list that cannot be read denies trust (contract C1, B36).
 */
export async function distrustOf(
  signers: readonly Signer[],
  provenance: Provenance,
  paths: Paths,
): Promise<string | undefined> {
  try {
    if (!mayMentionTrust(paths.peersFile)) return undefined
    const trust = await (await readPeersFile(paths, undefined, true)).trust()
    return trust && distrustUnder(trust, signers, provenance)
  } catch (error) {
    if (error instanceof Failure) return `trusted signers unknown: ${error.message}`
    throw error
  }
}

/** Bytes that are not UTF-8 may be text in another encoding. */
function mayMentionTrust(peersFile: string): boolean {
  try {
    if (isSurelyAbsent(peersFile)) return false
    const bytes = readRegularFile(peersFile)
    return !isUtf8(bytes) || !saysNothingOfTrust(bytes.toString())
  } catch {
    return true
  }
}

/** The origin that a message's name states: one of these projects. */
export type Origin = { readonly project: string | undefined } | { readonly outsideGrammar: true }

/**
 * The project among `known` that a name states as its sender. The signed conversation shows where the sender ends. If
 * it does not fit, every beginning up to a dash may be the sender, and the longest match counts (contract B39). Names
 * that people hardly distinguish are alike (B67).
 */
export function originOf(name: string, conversation: string, known: Iterable<string>): Origin {
  const beginning = fromSenderOn(name, conversation)
  if (beginning === undefined) return { outsideGrammar: true }
  const loose = looseName(beginning)
  const meant = [...known].filter((project) => loose.startsWith(`${looseName(project)}-`))
  return { project: meant.sort((a, b) => b.length - a.length)[0] }
}

/** The project that a name looks like but is not (contract B67). */
function alikeOf(name: string, projects: Iterable<string>): string | undefined {
  const loose = looseName(name)
  return [...projects].find((project) => project !== name && looseName(project) === loose)
}

/**
 * As above, with lists already read. Project lists need a name that states the sender (contract B39). If FROM names
 * another project, both lists count (C11).
 */
function distrustUnder(
  { signers: trusted, from }: Trust,
  signers: readonly Signer[],
  { name, conversation, from: claimed }: Provenance,
): string | undefined {
  const lists = [trusted]
  if (from.size > 0) {
    const origin = originOf(name, conversation, from.keys())
    if ('outsideGrammar' in origin)
      return '[trust.from] needs the name <YYYYMMDDTHHMMSSZ>-from-<sender>-<conversation>.org to tell the sender'
    const signed = claimed === undefined ? undefined : projectInAddress(claimed)
    if (claimed !== undefined && signed === undefined)
      return `[trust.from] needs a FROM like <machine>.<project>; got ${repr(claimed)}`
    const alike = signed === undefined ? undefined : alikeOf(signed, from.keys())
    if (alike !== undefined) return `FROM is ${repr(claimed ?? '')}, which may be taken for ${alike}`
    for (const project of [origin.project, signed]) {
      const narrower = project === undefined ? undefined : from.get(project)
      if (narrower !== undefined) lists.push(narrower)
    }
  }
  const stranger = signers.find(({ key, primary }) =>
    lists.some((list) => !list.has(key) && !list.has(primary)),
  )
  return stranger && `signer is not trusted: ${stranger.primary}`
}
