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

/** Whether a message is released; `unknown` where not all that could release it was looked at. */
export type Released = 'yes' | 'no' | 'unknown'

/** Releases that nobody vouches for cost no more than that; those that count cost what they are worth. */
const LIMITS = { refusals: 200, bytes: 512 * 1024 * 1024 }
const SCRUTINY = { verifies: true, findsCopies: true, protocolVersion: PROTOCOL_VERSION }

/** Judges by the releases themselves. See `makeJudge`. */
export function releaseRules(context: Context, brake: Brake, judging: Judging): Judge {
  const { scrutiny = SCRUTINY, limits = LIMITS, verdicts = new Map(), memory } = judging
  const stamp = judging.verdicts === undefined ? '' : trustStamp(context)
  // Among the copies of a release only those in done/ make a difference: of those in the inbox one counts.
  const options: VetOptions = {
    scrutiny,
    budget: new Budget(limits),
    verdicts,
    stamp,
    memory,
    neighbours: [],
  }
  /** Of this look: thousands of messages may ask for the same thousands of releases. */
  const looks = new Map<string, Vetted>()
  const look = async (path: string) => {
    const found = await vet(path, options, context, brake)
    looks.set(path, found)
    return found
  }
  const pairOf = (...paths: readonly string[]) => paths.map((path) => identityAt(path) ?? '').join('\0')

  /** Whether the release counts, and is of the message's own sender; undefined where that was not looked at. */
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

  /** The same, and whether an earlier look has found it so. */
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

/** The small ones first: huge ones that nobody signed are to keep none from being looked at. */
function bySize(releases: readonly Lying[]): readonly Lying[] {
  return releases.length < 2 ? releases : [...releases].sort((a, b) => a.size - b.size)
}

/** By what the two say: the same FROM where both have one, else the same sender in the file name. */
function mayBeOfOneSender(message: Lying, release: Lying): boolean {
  // A stamped name tells the conversation. In a large inbox no other file is looked at for a release of it.
  if (release.conversation === undefined || !mayBelongTo(release.name, release.conversation)) return false
  if (message.from !== undefined && release.from !== undefined) return message.from === release.from
  const sender = senderOf(message)
  return sender !== undefined && sender === senderOf(release)
}

function senderOf({ name, conversation }: Lying): string | undefined {
  return conversation === undefined ? undefined : senderInName(name, conversation)
}

/** Whether the bytes that were verified say what the name was chosen by. */
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
