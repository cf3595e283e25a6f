import { Failure } from '../command/failure'
import { TEMP_NAME } from '../fs/durable'
import { decodeUtf8 } from '../fs/files'
import { type FoundFile, findFile, KeptFileError, replaceFound } from '../fs/kept-file'
import type { Paths } from '../fs/paths'
import { sweep } from '../fs/sweep'
import { reasonOf } from '../fs/system-error'
import { FolderLock } from '../programs/folder-lock'
import { editToml, linesOf, type TomlChange } from './edit-toml'
import { PeersFile } from './peers-file'
import { TomlFile } from './toml-file'

/** A new file says whom to trust, so only its owner may read and write it. */
const NEW_FILE_MODE = 0o600
/** Each time that this process has to begin again, another one has changed the file. */
const TRIES = 100

/**
 * Makes the changes of peers.toml that `decide` wants for its present content, and returns whether there were any. All
 * else in it stays, byte for byte. A missing file is made, with its folder. A reader sees the old or the new file, and it
 * is on disk when this returns. If another process changes the file meanwhile, `decide` is asked again: no change is
 * lost. A link is followed, because tools for settings keep the file elsewhere and put a link here; a link that leads
 * nowhere is refused, since its file may lie on a disk that is not mounted (contract B36). Throws Failure with the lines
 * to write by hand, or what `decide` throws; nothing is changed then.
 */
export async function changePeersFile(
  paths: Paths,
  decide: (file: PeersFile) => readonly TomlChange[] | Promise<readonly TomlChange[]>,
): Promise<boolean> {
  const { peersFile, configDir, home } = paths
  sweep({ path: configDir, below: home }, { named: TEMP_NAME }, Date.now())
  for (let left = TRIES; ; left--) {
    const found = find(peersFile)
    const bytes = found.snapshot?.bytes ?? Buffer.alloc(0)
    const toml = await TomlFile.ofBytes(bytes, peersFile, `cannot read ${peersFile}`)
    const changes = await decide(new PeersFile(toml))
    if (changes.length === 0) return false
    const text = await editToml(decodeUtf8(bytes) ?? '', changes, peersFile)
    try {
      // Otherwise two processes could compare the file at the same time, and then replace it one after the other.
      new FolderLock(paths.peersLock).hold(() => replaceFound(found, Buffer.from(text), NEW_FILE_MODE))
      return true
    } catch (error) {
      const isChanged = error instanceof KeptFileError && error.problem === 'changed'
      if (isChanged && left > 0) continue
      throw unwritten(peersFile, changes, error)
    }
  }
}

function find(peersFile: string): FoundFile {
  try {
    return findFile(peersFile)
  } catch (error) {
    const message = `cannot read ${peersFile}: ${reasonOf(error)}`
    throw new Failure('peers-file', { message, hint: `make ${peersFile} a readable file` }, error)
  }
}

function unwritten(peersFile: string, changes: readonly TomlChange[], error: unknown): Failure {
  const message = `cannot write ${peersFile}: ${reasonOf(error)}`
  const hint = ['make it writable and try again, or write this into it by hand:', ...changes.flatMap(linesOf)]
  return new Failure('peers-file', { message, hint }, error)
}
