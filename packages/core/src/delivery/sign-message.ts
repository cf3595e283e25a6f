import { readFileSync, writeFileSync } from 'node:fs'
import { brakeOf } from '../brake/halt'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { holdsBytes } from '../fs/files'
import { isUnchanged } from '../fs/snapshot'
import type { Interruption } from '../programs/interruption'
import { makePrivateFolder, removePrivateFolder } from './private-folder'
import type { Message } from './read-message'
import { signFile } from './sign-file'
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
    const path = pathForGpg(message, folder)
    const signing = { message: path, signature, key, machine: context.machine }
    await orHalted(signFile(signing, options), beforeStep)
    const { file, bytes } = message
    if (file === undefined ? holdsBytes(path, bytes) : isUnchanged(file)) return readFileSync(signature)
    throw new Failure('message-changed', {})
  } finally {
    removePrivateFolder(folder)
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

/** What is no file gets one. So does a file whose path is not UTF-8: no argument of a program can hold it. */
function pathForGpg({ file, bytes }: Message, folder: string): string {
  if (file?.path.isWellFormed()) return file.path
  const copy = `${folder}/message.org`
  writeFileSync(copy, bytes, { mode: 0o600 })
  return copy
}
