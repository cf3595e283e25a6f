import { decodeUtf8 } from '../fs/files'
import type { Paths } from '../fs/paths'
import type { HookSettings } from './agent'
import { hasHooks, withHooks, withoutHooks } from './hook-entries'
import { type HookRecord, hashOf, readRecord, removeRecord, writeRecord } from './hook-record'
import { type JsoncLibrary, loadJsonc, trailingComma } from './jsonc'
import { type FoundFile, findFile, removeFile, replaceFound } from './kept-file'
import { settingsUnreadable } from './settings-failure'

const BYTE_ORDER_MARK = '\ufeff'

/** A settings file, with its record. */
interface Opened {
  readonly library: JsoncLibrary
  readonly file: FoundFile
  /** Empty if there is no file, or if it is blank. */
  readonly text: string
  readonly mark: string
  readonly record: HookRecord | undefined
  /** Whether the file is unchanged since we wrote it. */
  readonly isAsWritten: boolean
}

export interface SettingsReport<State extends string> {
  readonly state: State
  /** Whether the agent ignores the whole file, because it has comments or trailing commas. */
  readonly isIgnored: boolean
}

export interface RemovedSettings {
  readonly state: 'removed' | 'absent'
  /** The folders that were made for the file, the innermost last. The caller removes them if they are empty. */
  readonly made: readonly string[]
}

/**
 * Adds our hooks to a settings file. Throws `settings-not-json`, `settings-misshaped`, `settings-unreadable`,
 * `settings-unwritable`, `settings-changed`; then nothing is changed.
 */
export async function installSettings(
  settings: HookSettings,
  path: string,
  command: string,
  paths: Paths,
): Promise<SettingsReport<'installed' | 'updated' | 'unchanged'>> {
  const opened = await open(path, paths)
  const { library, file, text, mark, record, isAsWritten } = opened
  const present = { path, text: text === '' ? '{}' : text }
  const wanted = withHooks(library, settings, present, command)
  const isIgnored = !settings.allowsComments && !isPlainJson(wanted)
  if (wanted === text) return { state: 'unchanged', isIgnored }
  const bytes = Buffer.from(mark + (text === '' ? `${wanted}\n` : wanted))
  const wasThere = hasHooks(library, settings, present)
  // If the old bytes hold our hooks already, they must not be restored later.
  const before = isAsWritten ? record : wasThere ? undefined : { before: file.snapshot?.bytes, made: [] }
  if (before === undefined) removeRecord(paths, file.target)
  else writeRecord(paths, file.target, { before: before.before, made: before.made, after: hashOf(bytes) })
  try {
    const made = replaceFound(file, bytes)
    if (before !== undefined && made.length > 0)
      writeRecord(paths, file.target, { before: before.before, made, after: hashOf(bytes) })
  } catch (error) {
    if (record === undefined) removeRecord(paths, file.target)
    else writeRecord(paths, file.target, record)
    throw error
  }
  return { state: wasThere ? 'updated' : 'installed', isIgnored }
}

/**
 * Removes our hooks from a settings file. Restores the bytes from before the installation if nobody has changed the
 * file since; otherwise removes only our hooks. Throws as `installSettings` does.
 */
export async function removeSettings(
  settings: HookSettings,
  path: string,
  paths: Paths,
): Promise<RemovedSettings> {
  const { library, file, text, mark, record, isAsWritten } = await open(path, paths)
  if (record !== undefined && isAsWritten) {
    if (record.before === undefined) removeFile(file)
    else replaceFound(file, record.before)
    removeRecord(paths, file.target)
    return { state: 'removed', made: record.made }
  }
  const rest = text === '' ? '' : withoutHooks(library, settings, { path, text })
  if (rest !== text) replaceFound(file, Buffer.from(mark + rest))
  removeRecord(paths, file.target)
  return { state: rest === text ? 'absent' : 'removed', made: [] }
}

/** Whether a settings file has all our hooks, with this command. Throws as `installSettings` does; writes nothing. */
export async function checkSettings(
  settings: HookSettings,
  path: string,
  command: string,
  paths: Paths,
): Promise<SettingsReport<'installed' | 'outdated' | 'absent'>> {
  const { library, text } = await open(path, paths)
  if (text === '') return { state: 'absent', isIgnored: false }
  const isIgnored = !settings.allowsComments && !isPlainJson(text)
  if (withHooks(library, settings, { path, text }, command) === text) return { state: 'installed', isIgnored }
  return { state: hasHooks(library, settings, { path, text }) ? 'outdated' : 'absent', isIgnored }
}

/** The place of a trailing comma that stops the agent from starting. Throws as `findFile` does. */
export async function fatalComma(
  { refusesTrailingCommas }: HookSettings,
  path: string,
  paths: Paths,
): Promise<string | undefined> {
  if (!refusesTrailingCommas) return undefined
  const { library, text } = await open(path, paths)
  return trailingComma(library, text)
}

function isPlainJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

async function open(path: string, paths: Paths): Promise<Opened> {
  const file = findFile(path)
  const bytes = file.snapshot?.bytes ?? Buffer.alloc(0)
  const decoded = decodeUtf8(bytes)
  if (decoded === undefined) throw settingsUnreadable({ path, reason: 'it is not UTF-8' })
  const mark = decoded.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : ''
  const text = decoded.slice(mark.length)
  const record = readRecord(paths, file.target)
  return {
    library: await loadJsonc(),
    file,
    text: text.trim() === '' ? '' : text,
    mark,
    record,
    isAsWritten: file.snapshot !== undefined && record?.after === hashOf(bytes),
  }
}
