// @ts-check
import { readdirSync, readFileSync } from 'node:fs'
import { messageText } from './message-text.mjs'

/** @import { Case, CaseFile, CaseParts, CaseSpec, Differences, FileSpec, GeneratedRecording, Recording } from './types' */

const FOLDER = new URL('cases/', import.meta.url)

/**
 * @param {URL} url
 * @returns {CaseFile}
 */
function readCaseFile(url) {
  return JSON.parse(readFileSync(url, 'utf8'))
}

/** Every case of `cases/`, in the order of file names and then as written. */
export function loadCases() {
  return readdirSync(FOLDER)
    .filter((name) => name !== 'templates.json')
    .sort()
    .map((name) => readCaseFile(new URL(name, FOLDER)))
    .flatMap((file) => file.cases.map((spec) => toCase(file.command, file.defaults ?? {}, spec)))
}

/**
 * @param {string} command
 * @param {CaseParts} defaults
 * @param {CaseSpec} spec
 * @returns {Case}
 */
function toCase(command, defaults, spec) {
  const merged = { ...defaults, ...spec }
  /** @type {Record<string, FileSpec | null>} */
  const files = { ...defaults.files }
  if (merged.main !== undefined && merged.message !== null) files[merged.main] = merged.message ?? {}
  for (const [project, inbox] of Object.entries(merged.inboxes ?? {})) {
    const folder = `projects/${project}/inbox/from-agents/`
    files[folder] = {}
    for (const [name, file] of Object.entries(inbox)) files[folder + name] = file
  }
  Object.assign(files, spec.files)
  return {
    name: spec.name,
    command,
    argv: merged.argv ?? [],
    cwd: merged.cwd ?? 'desk',
    env: withoutNulls({ ...defaults.env, ...spec.env }),
    ...(merged.stdin === undefined ? {} : { stdin: merged.stdin }),
    files: withoutNulls(files),
    stubs: withoutNulls({ ...defaults.stubs, ...spec.stubs }),
    programs: merged.programs ?? [],
    ...(merged.steps === undefined ? {} : { steps: merged.steps }),
    asksPeer: merged.asksPeer ?? false,
    gpg: merged.gpg ?? false,
    unprivileged: merged.unprivileged ?? false,
    dependsOnPython: merged.dependsOnPython ?? false,
    ...(spec.differs === undefined ? {} : { differs: spec.differs }),
    ...(spec.ours === undefined ? {} : { ours: withMessage(spec.ours, messageText(merged.message ?? {})) }),
  }
}

/**
 * @template Value
 * @param {Record<string, Value | null>} parts
 * @returns {Record<string, Value>}
 */
function withoutNulls(parts) {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([key, part]) => (part === null ? [] : [[key, part]])),
  )
}

/**
 * Fills in `{message}`, the text that was sent.
 * @param {Differences} ours
 * @param {string} message
 * @returns {Differences}
 */
function withMessage(ours, message) {
  if (ours.files === undefined) return ours
  const files = Object.entries(ours.files).map(([path, state]) => [
    path,
    state.text === '{message}' ? { ...state, text: message } : state,
  ])
  return { ...ours, files: Object.fromEntries(files) }
}

/**
 * @param {string} command
 * @returns {URL}
 */
export function recordingUrl(command) {
  return new URL(`recorded/${command}.json`, import.meta.url)
}

/**
 * @param {string} command
 * @returns {Recording}
 */
export function readRecording(command) {
  return JSON.parse(readFileSync(recordingUrl(command), 'utf8'))
}

/** @returns {GeneratedRecording} */
export function readGenerated() {
  return JSON.parse(readFileSync(recordingUrl('generated'), 'utf8'))
}
