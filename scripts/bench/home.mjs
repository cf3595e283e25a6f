// @ts-check
/** The homes in which commands are measured. */
import { mkdirSync, writeFileSync } from 'node:fs'

/**
 * @typedef {object} Contents
 * @property {number} [projects] 1 where not given.
 * @property {number} [messages] In each project, all of different conversations.
 * @property {number} [size] Bytes of a message, about; 2048 where not given.
 * @property {boolean} [sizesVary] Up to twice the size.
 * @property {number} [peers] That peers.toml names. They share one home, which has one project.
 */

/**
 * @param {string} home
 * @param {Contents} contents
 */
export function fillHome(home, { projects = 1, messages = 0, size = 2048, sizesVary = false, peers = 0 }) {
  for (let project = 0; project < projects; project++) {
    makeProject(home, project)
    for (let number = 0; number < messages; number++) {
      const text = messageText(number, sizesVary ? size + ((number * 7919) % size) : size)
      writeFileSync(`${inboxOf(home, project)}/${messageName(number)}`, text)
    }
  }
  if (peers === 0) return
  makeProject(`${home}/peer`, 0)
  const folder = `${home}/.config/cross-agent-comms`
  mkdirSync(folder, { recursive: true })
  const tables = Array.from({ length: peers }, (_, n) => `[peers.peer${n}]\nhost = "peer${n}.example"\n`)
  writeFileSync(`${folder}/peers.toml`, tables.join('\n'))
}

/**
 * @param {string} home
 * @param {number} project
 */
function makeProject(home, project) {
  mkdirSync(inboxOf(home, project), { recursive: true })
  mkdirSync(`${home}/projects/p${project}/.ai`)
}

/** @param {string} home */
export function inboxOf(home, project = 0) {
  return `${home}/projects/p${project}/inbox/from-agents`
}

/** @param {number} number */
export function messageName(number) {
  return `20260427T${String(number).padStart(6, '0')}Z-from-mill-talk-${number}.org`
}

/** @param {number} number */
export function messageText(number, size = 2048) {
  return `#+TITLE: Measured
#+CONVERSATION_ID: talk-${number}
#+MESSAGE_TYPE: request
#+SEQUENCE: 1
#+TIMESTAMP: 2026-04-27T04:11:42-05:00
#+PROTOCOL_VERSION: 5

${'Three sacks of flour, please.\n'.repeat(Math.ceil(size / 30))}`
}
