import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { brakeOf } from '../brake/halt'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { isUnchanged } from '../fs/snapshot'
import { signFile } from '../message/signing'
import type { Interruption } from '../programs/interruption'
import { makePrivateFolder } from './private-folder'
import type { Message } from './read-message'
import { signingKey } from './signing-key'

/**
 * The detached signature of a message, made in a private folder that is gone when this returns (B11). Throws
 * Failure where gpg fails, or where the file is no longer the message that was checked.
 */
export async function signMessage(
  message: Message,
  keyFlag: string | undefined,
  context: Context,
  { interruption, beforeStep }: Steps,
): Promise<Buffer> {
  const folder = makePrivateFolder(context.tempFolder)
  const options = { env: context.env, interruption, isHalted: brakeOf(context) }
  try {
    const signature = `${folder}/message.asc`
    const key = await orHalted(signingKey(keyFlag, context.env, options), beforeStep)
    await orHalted(signFile(pathForGpg(message, folder), signature, key, options), beforeStep)
    if (isUnchanged(message.file)) return readFileSync(signature)
    throw new Failure('message-changed', {})
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What can end a send, and is looked for before each of its steps. */
export interface Steps {
  readonly interruption: Interruption
  /** Throws to stop before the next step. */
  beforeStep(): void
}

/** A program that failed since HALT ended it is no failure of its own (contract B37). */
async function orHalted<Outcome>(work: Promise<Outcome>, beforeStep: () => void): Promise<Outcome> {
  try {
    return await work
  } finally {
    beforeStep()
  }
}

/** No argument of a program can hold bytes that are not UTF-8: then gpg gets a copy. */
function pathForGpg({ file }: Message, folder: string): string {
  if (file.path.isWellFormed()) return file.path
  const copy = `${folder}/message.org`
  writeFileSync(copy, file.bytes, { mode: 0o600 })
  return copy
}
