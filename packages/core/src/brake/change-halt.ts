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
 * Sets the brake with a reason, which may be empty. Written in place and not by a rename: the name is there
 * from the first moment on, also when the disk is too full for the reason, and one that is there keeps its
 * mode and stays the link that it may be. Throws Failure (contract B21).
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

/** The brake is set by now: a folder that cannot be made durable is no reason to say otherwise. */
function syncFolders(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      syncFolder(folder)
    } catch {}
  }
}

/**
 * Removes HALT, also where it is a dangling link; false if there was none. Throws Failure where
 * it cannot be removed, or a link above it leads nowhere: this machine is still halted then (contract B21, B36).
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
