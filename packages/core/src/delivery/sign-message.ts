import { readFileSync, writeFileSync } from 'node:fs'
import { brakeOf } from '../brake/halt'
import type { Context } from '../command/context'
import { isUnchanged } from '../fs/snapshot'
import type { Interruption } from '../programs/interruption'
import { messageChanged } from './failures'
import { makePrivateFolder, removePrivateFolder } from './private-folder'
import type { Message } from './read-message'
import { signFile } from './sign-file'
import { signingKey } from './signing-key'

/**
 * The detached signature of a message's bytes, made in a private folder that is gone when this returns (B11). gpg gets
 * a copy of them: the file may hold others for a moment (contract B66). Throws Failure where gpg fails, or where the
 * file is no longer the message that was checked.
 */
export async function signMessage(
  message: Message,
  keyFlag: string | undefined,
  context: Context,
  { interruption, beforeStep, whileSigning }: Steps,
): Promise<Buffer> {
  const folder = makePrivateFolder(context.tempFolder)
  const halting = { env: context.env, interruption, isHalted: brakeOf(context) }
  const onSlow = () => context.err('waiting for gpg to sign: does it ask for a passphrase somewhere?')
  try {
    const signature = `${folder}/message.asc`
    const key = await orHalted(signingKey(keyFlag, context.env, halting), beforeStep)
    const copy = `${folder}/message.org`
    writeFileSync(copy, message.bytes, { mode: 0o600 })
    const signing = { message: copy, signature, key, machine: context.machine }
    const signed = orHalted(signFile(signing, { ...halting, onSlow }), beforeStep)
    whileSigning?.()
    await signed
    if (message.file === undefined || isUnchanged(message.file)) return readFileSync(signature)
    throw messageChanged()
  } finally {
    removePrivateFolder(folder)
  }
}

/** What can end a send, and is looked for before each of its steps. */
export interface Steps {
  readonly interruption: Interruption
  /** Throws to stop before the next step. */
  beforeStep(): void
  /** Called once when gpg has been started: it is waited for anyway. Must not throw. */
  whileSigning?(): void
}

/** A program that failed since HALT ended it is no failure of its own (contract B37). */
async function orHalted<Outcome>(work: Promise<Outcome>, beforeStep: () => void): Promise<Outcome> {
  try {
    return await work
  } finally {
    beforeStep()
  }
}
