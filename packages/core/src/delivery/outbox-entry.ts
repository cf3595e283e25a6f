import { TEMP_NAME } from '../fs/durable'
import type { Paths } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import {
  fitsFileSystem,
  isMessageName,
  MESSAGE_NAME,
  SIGNATURE_NAME,
  secondInName,
  signatureName,
} from '../message/message-name'
import { type Json, toJson } from '../text/json'
import { CONTROL_CHARACTER } from '../text/terminal'
import { RECORD_NAMES } from './outbox-hold'
import type { FailedTry } from './retry'

/** The files in that folder. */
export const ENTRY_FILES = new RegExp(
  `^(?:${RECORD_NAMES})$|${MESSAGE_NAME.source}|${SIGNATURE_NAME.source}|${TEMP_NAME.source}`,
  's',
)
/** Bytes of the largest signature that can be read. */
const LARGEST_SIGNATURE = 64 * 1024
/** A record lists at most this many tries, the latest. */
const MOST_TRIES = 100

/** The facts about a kept message, without its bytes. */
export interface KeptRecord {
  /** `<peer>.<project>`. */
  readonly destination: string
  /** The canonical name that was chosen for it. */
  readonly name: string
  /** Whether a signature is kept with it. */
  readonly isSigned: boolean
  readonly tries: readonly FailedTry[]
}

/** A kept message: its record and the bytes to send. */
export interface KeptMessage extends KeptRecord {
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
}

/** The folder of an entry. */
export function entryFolder(id: string, { outbox }: Paths): string {
  return `${outbox}/${id}`
}

/** The path of an entry's marker, which has the entry's name. */
export function markerPath(id: string, { failedSends }: Paths): string {
  return `${failedSends}/${id}.json`
}

/** The bytes of a record's file. */
export function recordBytes({ destination, name, isSigned, tries }: KeptRecord): Buffer {
  const record: Json = {
    destination,
    name,
    signed: isSigned,
    tries: tries.slice(-MOST_TRIES).map(({ time, error }) => ({ time, error })),
  }
  return Buffer.from(`${toJson(record)}\n`)
}

/** Reads such a file; undefined if it is not a record. Its values may become part of a path. */
export function parseRecord(text: string): KeptRecord | undefined {
  const found = parseJson(text)
  if (typeof found !== 'object' || found === null) return undefined
  const { destination, name, signed, tries }: Record<string, unknown> = { ...found }
  if (typeof destination !== 'string' || typeof name !== 'string' || typeof signed !== 'boolean')
    return undefined
  if (!/^[^.]+\../s.test(destination) || !isUsableName(name) || !Array.isArray(tries)) return undefined
  return { destination, name, isSigned: signed, tries: tries.flatMap((entry) => readTry(entry) ?? []) }
}

/** Peer and project of a destination. */
export function splitDestination({ destination }: KeptRecord): { peer: string; project: string } {
  const dot = destination.indexOf('.')
  return { peer: destination.slice(0, dot), project: destination.slice(dot + 1) }
}

/** The bytes of an entry. Throws the system's error. */
export function readKept(id: string, record: KeptRecord, paths: Paths): KeptMessage {
  const path = `${entryFolder(id, paths)}/${record.name}`
  const message = takeSnapshot(path).bytes
  const signature = record.isSigned ? takeSnapshot(signatureName(path), LARGEST_SIGNATURE).bytes : undefined
  return { ...record, message, signature }
}

function isUsableName(name: string): boolean {
  return (
    secondInName(name) !== undefined &&
    isMessageName(name) &&
    !name.includes('/') &&
    !CONTROL_CHARACTER.test(name) &&
    name.isWellFormed() &&
    fitsFileSystem(name)
  )
}

function readTry(found: unknown): FailedTry | undefined {
  const { time, error }: Record<string, unknown> = { ...(typeof found === 'object' ? found : {}) }
  return typeof time === 'string' && typeof error === 'string' ? { time, error } : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
