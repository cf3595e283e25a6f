// @ts-check
/** The homes in which commands are measured: projects, inboxes, messages, peers. */
import { mkdirSync, writeFileSync } from 'node:fs'

/**
 * A message of about `size` bytes.
 * @param {string} conversation
 */
export function messageText(conversation, size = 2048) {
  const header = {
    TITLE: 'Measured',
    CONVERSATION_ID: conversation,
    MESSAGE_TYPE: 'request',
    SEQUENCE: 1,
    TIMESTAMP: '2026-04-27T04:11:42-05:00',
    PROTOCOL_VERSION: 5,
  }
  const fields = Object.entries(header).map(([key, value]) => `#+${key}: ${value}\n`)
  return `${fields.join('')}\n${'Three sacks of flour, please.\n'.repeat(Math.ceil(size / 30))}`
}

/**
 * The inbox of the n-th project.
 * @param {string} home
 */
export function inboxOf(home, n = 0) {
  return `${home}/projects/p${n}/inbox/from-agents`
}

/**
 * Makes projects with so many messages each, all of conversations of their own. Returns the first message.
 * Where sizes vary, they do so up to twice the size.
 * @param {string} home
 * @param {{ projects?: number, messages?: number, size?: number, sizesVary?: boolean }} sizes
 */
export function makeProjects(home, { projects = 1, messages = 0, size = 2048, sizesVary = false } = {}) {
  for (let n = 0; n < projects; n++) {
    mkdirSync(inboxOf(home, n), { recursive: true })
    mkdirSync(`${home}/projects/p${n}/.ai`)
    for (let m = 0; m < messages; m++) {
      writeFileSync(
        `${inboxOf(home, n)}/${messageName(m)}`,
        messageText(`talk-${m}`, sizesVary ? size + ((m * 7919) % size) : size),
      )
    }
  }
  return `${inboxOf(home)}/${messageName(0)}`
}

/** @param {number} n */
export function messageName(n) {
  return `20260427T${String(n).padStart(6, '0')}Z-from-mill-talk-${n}.org`
}

/**
 * Writes a peers.toml of peers that nobody will reach.
 * @param {string} home
 * @param {number} count
 */
export function makePeers(home, count) {
  const folder = `${home}/.config/cross-agent-comms`
  const peers = Array.from({ length: count }, (_, n) => {
    return `[peers.peer${n}]\nhost = "peer${n}.example"\nssh_user = "me"\n`
  })
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/peers.toml`, peers.join('\n'))
}
