import { createHash } from 'node:crypto'
import { closeSync } from 'node:fs'
import { makeFolder, replaceFile } from '../fs/durable'
import { decodeUtf8, openRegularFile, readWithin } from '../fs/files'
import { folderOf } from '../fs/paths'
import type { Signer } from '../message/signing'

/** Bytes. As many verdicts as are kept need less. */
const LARGEST = 32 * 1024 * 1024
const MOST = 50_000

/** Who vouches for a message that recv would process; or why recv would not. */
export type Verdict = { readonly signers: readonly Signer[] } | { readonly reason: string }

/**
 * Verdicts on messages, by identity (glance.ts), which changes with the bytes. They depend on keys and trust lists too:
 * with another stamp (vet.ts), the kept ones are forgotten. Only verdicts that were asked for stay.
 */
export class VerdictStore {
  readonly #file: string
  readonly #stamp: string
  readonly #kept: ReadonlyMap<string, Verdict>
  readonly #used = new Map<string, Verdict>()

  constructor(file: string, stamp: string) {
    this.#file = file
    this.#stamp = keyOf(stamp)
    this.#kept = readKept(file, this.#stamp)
  }

  get(identity: string): Verdict | undefined {
    const key = keyOf(identity)
    const found = this.#used.get(key) ?? this.#kept.get(key)
    if (found !== undefined) this.#used.set(key, found)
    return found
  }

  add(identity: string, verdict: Verdict): void {
    this.#used.set(keyOf(identity), verdict)
  }

  /** Whatever cannot be kept is verified again. Never throws. */
  save(): void {
    const verdicts = Object.fromEntries([...this.#used].slice(-MOST))
    try {
      makeFolder(folderOf(this.#file))
      replaceFile(this.#file, Buffer.from(JSON.stringify({ stamp: this.#stamp, verdicts })), {
        isDurable: false,
      })
    } catch {}
  }
}

/** Hexadecimal, short. Identities hold whole paths. */
const keyOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)

function readKept(file: string, stamp: string): ReadonlyMap<string, Verdict> {
  try {
    const fd = openRegularFile(file)
    try {
      const found: unknown = JSON.parse(decodeUtf8(readWithin(fd, 0, LARGEST)) ?? '')
      if (!isRecord(found) || found.stamp !== stamp || !isRecord(found.verdicts)) return new Map()
      return new Map(Object.entries(found.verdicts).flatMap(([key, value]) => asVerdict(key, value)))
    } finally {
      closeSync(fd)
    }
  } catch {
    return new Map()
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function asVerdict(key: string, value: unknown): [string, Verdict][] {
  if (!isRecord(value)) return []
  if (typeof value.reason === 'string') return [[key, { reason: value.reason }]]
  if (!Array.isArray(value.signers)) return []
  const signers = value.signers.filter(isSigner)
  return signers.length > 0 && signers.length === value.signers.length ? [[key, { signers }]] : []
}

const isSigner = (value: unknown): value is Signer =>
  isRecord(value) && typeof value.userId === 'string' && typeof value.primary === 'string'
