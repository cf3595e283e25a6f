import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { joinPath } from '../fs/paths'
import { mayBelongTo } from '../message/done-name'
import type { Header } from '../message/header'
import { senderInName } from '../message/message-name'
import { PROTOCOL_VERSION } from '../message/protocol'
import type { Signer } from '../message/signing'
import { Budget, identityAt } from './glance'
import type { Judge, Judging, Lying } from './judge'
import { RELEASE } from './pending'
import { trustStamp, type VetOptions, type Vetted, vet } from './vet'

/** Whether a message is released; `unknown` if not every possible release was checked. */
export type Released = 'yes' | 'no' | 'unknown'

/** Limits on refused releases and on bytes; releases that count are limited only by bytes. */
const LIMITS = { refusals: 200, bytes: 512 * 1024 * 1024 }
const SCRUTINY = { verifies: true, findsCopies: true, protocolVersion: PROTOCOL_VERSION }

/** Judges by the content of the releases. See `makeJudge`. */
export function releaseRules(context: Context, brake: Brake, judging: Judging): Judge {
  const { scrutiny = SCRUTINY, limits = LIMITS, verdicts = new Map(), memory } = judging
  const stamp = judging.verdicts === undefined ? '' : trustStamp(context)
  // Only copies of a release in done/ matter: one of those in the inbox always counts.
  const options: VetOptions = {
    scrutiny,
    budget: new Budget(limits),
    verdicts,
    stamp,
    memory,
    neighbours: [],
  }
  /** For this look: thousands of messages may ask about the same thousands of releases. */
  const looks = new Map<string, Vetted>()
  const look = async (path: string) => {
    const found = await vet(path, options, context, brake)
    looks.set(path, found)
    return found
  }
  const pairOf = (...paths: readonly string[]) => paths.map((path) => identityAt(path) ?? '').join('\0')

  /** Whether the release counts and has the message's sender; undefined if this was not checked. */
  const doesRelease = async (folder: string, message: Lying, release: Lying) => {
    const path = joinPath(folder, release.name)
    const found = looks.get(path) ?? (await look(path))
    if (found.is === 'not-looked-at') return undefined
    if (found.is !== 'process' || !isAsSeen(release, found.header)) return false
    if (message.from !== undefined && release.from !== undefined) return true
    if (!scrutiny.verifies) return true
    const own = joinPath(folder, message.name)
    const other = looks.get(own) ?? (await look(own))
    return other.is === 'not-looked-at' ? undefined : haveCommonSigner(found, other)
  }

  /** The same, and whether an earlier look gave this result. */
  const doesReleaseByMemory = async (folder: string, message: Lying, release: Lying) => {
    const path = joinPath(folder, release.name)
    if (memory === undefined || looks.get(path)?.is === 'refused')
      return doesRelease(folder, message, release)
    const pair = pairOf(path, joinPath(folder, message.name))
    if (memory.has('released', pair)) return true
    const does = await doesRelease(folder, message, release)
    if (does) memory.add('released', pair)
    return does
  }

  return {
    async isReleased(folder, message, releases) {
      let isSure = true
      for (const release of bySize(releases)) {
        if (!mayBeOfOneSender(message, release)) continue
        const does = await doesReleaseByMemory(folder, message, release)
        if (does) return 'yes'
        isSure &&= does !== undefined
      }
      return isSure ? 'no' : 'unknown'
    },
  }
}

/** Small ones first: huge unsigned releases must not keep others from being checked. */
function bySize(releases: readonly Lying[]): readonly Lying[] {
  return releases.length < 2 ? releases : [...releases].sort((a, b) => a.size - b.size)
}

/** Compares FROM if both have one, else the senders in the file names. */
function mayBeOfOneSender(message: Lying, release: Lying): boolean {
  // A stamped name ends with the conversation. In a large inbox no other file is read for a release of it.
  if (release.conversation === undefined || !mayBelongTo(release.name, release.conversation)) return false
  if (message.from !== undefined && release.from !== undefined) return message.from === release.from
  const sender = senderOf(message)
  return sender !== undefined && sender === senderOf(release)
}

function senderOf({ name, conversation }: Lying): string | undefined {
  return conversation === undefined ? undefined : senderInName(name, conversation)
}

/** Whether the verified bytes match the header that the file was chosen by. */
function isAsSeen({ conversation, timestamp, from }: Lying, header: Header): boolean {
  return (
    header.get('MESSAGE_TYPE') === RELEASE &&
    header.get('CONVERSATION_ID') === conversation &&
    header.get('TIMESTAMP') === timestamp &&
    header.get('FROM') === from
  )
}

function haveCommonSigner(one: Vetted, other: Vetted): boolean {
  const keys = ({ signers }: { readonly signers: readonly Signer[] }) => signers.map(({ primary }) => primary)
  return keys(one).some((key) => keys(other).includes(key))
}
