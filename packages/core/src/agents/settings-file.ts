import { decodeUtf8 } from '../fs/files'
import type { Paths } from '../fs/paths'
import type { HookSettings } from './agent'
import {
  type BrakeHooks,
  hasBrake,
  hasHooks,
  hookCommands,
  type SettingsText,
  withHooks,
  withoutHooks,
} from './hook-entries'
import { type HookRecord, hashOf, NEVER, readRecord, removeRecord, writeRecord } from './hook-record'
import { idOf, type JsonRule, rulesIn, withoutRules, withRules } from './json-rules'
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

/** What is ours in a settings file. */
export interface SettingsContent {
  /** Undefined if the file holds rules only. */
  readonly hooks:
    | { readonly settings: HookSettings; readonly command: string; readonly brake?: BrakeHooks }
    | undefined
  /** The rules of `--allow` (contract C26), if they belong into this file. */
  readonly rules?: { readonly all: readonly JsonRule[]; readonly isAsked: boolean; readonly initial: string }
}

export interface SettingsReport<State extends string> {
  readonly state: State
  /** Whether the agent ignores the whole file, because it has comments or trailing commas. */
  readonly isIgnored: boolean
}

export interface CheckedSettings extends SettingsReport<'installed' | 'outdated' | 'absent'> {
  readonly hasBrake: boolean
  /** The rules that are there, for people. */
  readonly rules: readonly string[]
}

export interface RemovedSettings {
  readonly state: 'removed' | 'absent'
  /** The folders that were made for the file, the innermost last. The caller removes them if they are empty. */
  readonly made: readonly string[]
}

/**
 * Adds our hooks and rules to a settings file. Throws `settings-not-json`, `settings-misshaped`, `settings-unreadable`,
 * `settings-unwritable`, `settings-changed`; then nothing is changed.
 */
export async function installSettings(
  content: SettingsContent,
  path: string,
  paths: Paths,
): Promise<SettingsReport<'installed' | 'updated' | 'unchanged'>> {
  const opened = await open(path, paths)
  const { library, file, text, mark, record, isAsWritten } = opened
  const { wanted, rules } = withContent(content, opened, path)
  const isIgnored = ignores(content, wanted)
  if (wanted === text) return { state: 'unchanged', isIgnored }
  const bytes = Buffer.from(mark + (text === '' ? `${wanted}\n` : wanted))
  const wasThere = hasOurs(library, content, { path, text: text === '' ? '{}' : text }, record)
  // If the old bytes hold our hooks already, they must not be restored later.
  const before = isAsWritten ? record : wasThere ? undefined : { before: file.snapshot?.bytes, made: [] }
  const added = [...(record?.rules ?? []), ...rules]
  const after = hashOf(bytes)
  if (before !== undefined) writeRecord(paths, file.target, { ...before, after, rules: added })
  else if (added.length > 0)
    writeRecord(paths, file.target, { before: undefined, made: [], after: NEVER, rules: added })
  else removeRecord(paths, file.target)
  try {
    const made = replaceFound(file, bytes)
    if (before !== undefined && made.length > 0)
      writeRecord(paths, file.target, { ...before, made, after, rules: added })
  } catch (error) {
    if (record === undefined) removeRecord(paths, file.target)
    else writeRecord(paths, file.target, record)
    throw error
  }
  return { state: wasThere ? 'updated' : 'installed', isIgnored }
}

/**
 * Removes our hooks and the rules that we added from a settings file. Restores the bytes from before the installation
 * if nobody has changed the file since; otherwise removes only what is ours. Throws as `installSettings` does.
 */
export async function removeSettings(
  { hooks, rules }: SettingsContent,
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
  const added = (rules?.all ?? []).filter((rule) => record?.rules?.includes(idOf(rule)))
  let rest = text
  if (text !== '' && hooks !== undefined) rest = withoutHooks(library, hooks.settings, { path, text })
  if (text !== '' && added.length > 0) rest = withoutRules(library, added, { path, text: rest })
  if (rest !== text) replaceFound(file, Buffer.from(mark + rest))
  removeRecord(paths, file.target)
  return { state: rest === text ? 'absent' : 'removed', made: [] }
}

/**
 * Whether a settings file has all that is ours, and which of it. Rules that are only there in part are outdated. Throws
 * as `installSettings` does; writes nothing.
 */
export async function checkSettings(
  content: SettingsContent,
  path: string,
  paths: Paths,
): Promise<CheckedSettings> {
  const opened = await open(path, paths)
  const { library, text } = opened
  if (text === '') return { state: 'absent', isIgnored: false, hasBrake: false, rules: [] }
  const { hooks, rules: { all = [] } = {} } = content
  const rules = rulesIn(library, all, { path, text }).map(idOf)
  const more = {
    isIgnored: ignores(content, text),
    hasBrake: hooks !== undefined && hasBrake(library, hooks.settings, { path, text }),
    rules,
  }
  if (withContent(content, opened, path).wanted === text)
    return { state: hooks === undefined && rules.length === 0 ? 'absent' : 'installed', ...more }
  const isThere = hooks === undefined ? rules.length > 0 : hasHooks(library, hooks.settings, { path, text })
  return { state: isThere ? 'outdated' : 'absent', ...more }
}

/** The commands of our hooks in a settings file, as they are there. Throws as `installSettings` does. */
export async function commandsIn(settings: HookSettings, path: string, paths: Paths): Promise<string[]> {
  const { library, text } = await open(path, paths)
  return text === '' ? [] : hookCommands(library, settings, { path, text })
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

/** The text with all that is asked for, and the rules that this adds. */
function withContent(
  { hooks, rules }: SettingsContent,
  { library, text }: Opened,
  path: string,
): { readonly wanted: string; readonly rules: readonly string[] } {
  let wanted = text
  if (hooks !== undefined) {
    const { settings, command, brake } = hooks
    wanted = withHooks(library, settings, { path, text: text === '' ? '{}' : text }, command, brake)
  }
  if (rules === undefined || !rules.isAsked) return { wanted, rules: [] }
  const present = { path, text: wanted === '' ? rules.initial : wanted }
  const there = rulesIn(library, rules.all, present)
  const added = rules.all.filter((rule) => !there.includes(rule))
  return { wanted: withRules(library, added, present), rules: added.map(idOf) }
}

/** Whether the file had our hooks before, or rules that we added. */
function hasOurs(
  library: JsoncLibrary,
  { hooks, rules }: SettingsContent,
  present: SettingsText,
  record: HookRecord | undefined,
): boolean {
  if (hooks !== undefined) return hasHooks(library, hooks.settings, present)
  const there = rulesIn(library, rules?.all ?? [], present)
  return there.some((rule) => record?.rules?.includes(idOf(rule)))
}

function ignores({ hooks }: SettingsContent, text: string): boolean {
  return hooks !== undefined && !hooks.settings.allowsComments && !isPlainJson(text)
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
