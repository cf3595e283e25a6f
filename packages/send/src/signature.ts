import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Context } from '@cac/core/context'
import { CommandError } from '@cac/core/errors'
import type { Interruption } from '@cac/core/interruption'
import { signFile } from '@cac/core/signing'
import { isUnchanged } from '@cac/core/snapshot'
import type { Message } from './message'
import { EXIT } from './options'
import { signingKey } from './signing-key'

/**
 * The detached signature of a message, made in a private folder that is gone when this returns (B11). Throws
 * CommandError where gpg fails, or where the file is no longer the message that was checked.
 */
export async function signMessage(
  message: Message,
  keyFlag: string | undefined,
  context: Context,
  interruption: Interruption,
): Promise<Buffer> {
  const folder = mkdtempSync(`${context.tempFolder}/cross-agent-send-`)
  try {
    const signature = `${folder}/message.asc`
    const key = await signingKey(keyFlag, context)
    interruption.check()
    await signFile(pathForGpg(message, folder), signature, key, { env: context.env, interruption })
    if (isUnchanged(message.file)) return readFileSync(signature)
    throw new CommandError(
      'message file changed while it was being signed; nothing was sent',
      EXIT.general,
      'send it again once it is finished',
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** No argument of a program can hold bytes that are not UTF-8: then gpg gets a copy. */
function pathForGpg({ file }: Message, folder: string): string {
  if (file.path.isWellFormed()) return file.path
  const copy = `${folder}/message.org`
  writeFileSync(copy, file.bytes, { mode: 0o600 })
  return copy
}
