import { closeSync, constants, fsyncSync, openSync, writeSync } from 'node:fs'
import { Failure } from '../command/failure'
import { makeMissing, syncFolder } from '../fs/durable'
import { folderOf, type Paths } from '../fs/paths'
import { removeAsAsked } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { readHalt } from './halt'

declare module '../command/failure' {
  interface FailureKinds {
    'halt-not-written': true
    'halt-not-removed': true
  }
}

const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = constants

/**
 * Sets the brake with a reason, which may be empty. Writes in place, without a rename: the name exists from the first
 * moment, even if the disk is too full for the reason. An existing file keeps its mode, and a link stays a link.
 * Throws Failure (contract B21).
 */
export function writeHaltFile(paths: Paths, reason: string): void {
  const { home, configDir, haltFile } = paths
  try {
    makeMissing(configDir)
    const fd = openSync(haltFile, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, 0o666)
    try {
      const bytes = Buffer.from(reason === '' ? '' : `${reason}\n`)
      for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    const message = `cannot write ${haltFile}: ${reasonOf(error)}`
    const hint =
      readHalt(paths) !== undefined
        ? 'the HALT that is there still halts this machine, but without this reason'
        : 'this machine is not halted: fix that, or create the file by hand'
    throw new Failure('halt-not-written', { message, hint }, error)
  }
  syncFolders([configDir, folderOf(configDir), home])
}

/** The brake is set already, so a folder that cannot be made durable is not an error. */
function syncFolders(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      syncFolder(folder)
    } catch {}
  }
}

/**
 * Removes HALT, even if it is a dangling link. Returns false if there was none. Throws Failure if it cannot be removed
 * or a link above it leads nowhere. Then this machine is still halted (contract B21, B36).
 */
export function clearHaltFile(paths: Paths): boolean {
  const { haltFile } = paths
  try {
    removeAsAsked(haltFile)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR') && readHalt(paths) === undefined) return false
    const message = `could not remove HALT: ${reasonOf(error)}`
    const hint = `still halted: make ${haltFile} removable, and resume again`
    throw new Failure('halt-not-removed', { message, hint }, error)
  }
}
