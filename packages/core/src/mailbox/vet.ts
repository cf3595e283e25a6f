import { statSync } from 'node:fs'
import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { fileName, joinPath } from '../fs/paths'
import type { Header } from '../message/header'
import type { Signer } from '../message/signing'
import { toPath } from '../text/raw-name'
import { bareReason } from './bare-reason'
import { decideOnFile, type Finding, type Scrutiny } from './decide'
import { type Budget, glanceAt, identityAt } from './glance'

/**
 * recv's judgement of a message. Header and signers belong to the bytes it decided on, never to another read (contract
 * B66). `unjudged`: gpg could not work here, which says nothing about the message (B56).
 */
export interface Vetted {
  readonly is: 'process' | 'refused' | 'unjudged' | 'not-looked-at'
  readonly header: Header
  readonly signers: readonly Signer[]
  /** Why it is not processed, without text of the message (contract B68). */
  readonly reason?: string
}

/** The results of earlier looks, by file identity. */
export interface Memory {
  has(kind: 'rejected' | 'released', identity: string): boolean
  add(kind: 'rejected' | 'released', identity: string): void
}

/** How to check messages. */
export interface VetOptions {
  readonly scrutiny: Scrutiny
  readonly budget: Budget
  /** Verdicts of this run, by file identity. */
  readonly verdicts?: Map<string, Vetted> | undefined
  /** What these verdicts depend on besides the files: see `trustStamp`. */
  readonly stamp?: string
  /** The names in its folder to search for copies; all names if omitted. */
  readonly neighbours?: readonly string[]
  readonly memory?: Memory | undefined
}

/** The most verdicts kept: a run may last for weeks. */
const MOST_VERDICTS = 10_000

/**
 * Finds recv's judgement of a message, the cheapest way first: a certain refusal needs no gpg, and a known result costs
 * nothing (contract B65). Throws Failure under HALT.
 */
export async function vet(
  path: string,
  { scrutiny, budget, verdicts, memory, stamp = '', neighbours }: VetOptions,
  context: Context,
  brake: Brake,
): Promise<Vetted> {
  const glance = glanceAt(path, scrutiny.verifies)
  if (glance === undefined) return nothing('refused')
  if (glance.problem !== undefined)
    return { ...nothing('refused'), reason: `reject: ${bareReason(glance.problem, [])}` }
  const { identity, size } = glance
  const key = `${stamp}\n${identity}`
  const known = verdicts?.get(key)
  if (known !== undefined) return known
  if (memory?.has('rejected', identity)) return nothing('refused')
  if (!budget.spend(size)) return nothing('not-looked-at')
  const chosen = neighbours === undefined ? { path } : { path, neighbours }
  const finding = await decideOnFile(chosen, scrutiny, context, brake)
  brake.check()
  const vetted = vettedBy(path, finding)
  if (vetted.is === 'refused') budget.refused()
  // The file was replaced meanwhile: the verdict is for other bytes.
  if (identityAt(path) !== identity) return vetted
  // A signed message may be processed later: a tool may be installed, or a copy may vanish.
  if (vetted.is === 'refused' && vetted.signers.length === 0) memory?.add('rejected', identity)
  if (vetted.is !== 'unjudged') keep(verdicts, key, vetted)
  return vetted
}

function vettedBy(path: string, { decision, header, signers }: Finding): Vetted {
  const { decision: word, reason = '', cannotJudge } = decision
  if (word === 'process') return { is: 'process', header, signers }
  const bare = bareReason(reason, [...header.values(), fileName(path)])
  return { is: cannotJudge ? 'unjudged' : 'refused', header, signers, reason: `${word}: ${bare}` }
}

function nothing(is: Vetted['is']): Vetted {
  return { is, header: new Map(), signers: [] }
}

function keep(verdicts: Map<string, Vetted> | undefined, identity: string, vetted: Vetted): void {
  if (verdicts === undefined) return
  if (verdicts.size >= MOST_VERDICTS) verdicts.clear()
  verdicts.set(identity, vetted)
}

/** The keyring files that determine which signatures are good. */
const KEYRING = ['pubring.kbx', 'pubring.gpg', 'public-keys.d/pubring.db', 'common.conf', 'gpg.conf']

/** What current verdicts depend on, besides the message: it changes when trust lists or keys change. */
export function trustStamp({ env, home, paths }: Context): string {
  const keyring = env.GNUPGHOME || joinPath(home, '.gnupg')
  const files = [paths.peersFile, ...KEYRING.map((name) => joinPath(keyring, name))]
  return [keyring, ...files.map(stampOf)].join('\n')
}

function stampOf(path: string): string {
  try {
    const stats = statSync(toPath(path), { bigint: true, throwIfNoEntry: false })
    return stats === undefined
      ? ''
      : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':')
  } catch {
    return ''
  }
}
