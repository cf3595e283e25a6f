// @ts-check
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { binOf } from '../project.mjs'

/** @import { Scenario } from './measure.mjs' */

/**
 * A message of about `size` bytes.
 * @param {string} conversation
 * @param {number} sequence
 */
function messageText(conversation, sequence, size = 2048) {
  const header = {
    TITLE: 'Measured',
    CONVERSATION_ID: conversation,
    MESSAGE_TYPE: 'request',
    SEQUENCE: sequence,
    TIMESTAMP: '2026-04-27T04:11:42-05:00',
    PROTOCOL_VERSION: 5,
  }
  const fields = Object.entries(header).map(([key, value]) => `#+${key}: ${value}\n`)
  return `${fields.join('')}\n${'Three sacks of flour, please.\n'.repeat(Math.ceil(size / 30))}`
}

/** @param {string} inbox */
function makeInbox(inbox, messages = 0, size = 2048) {
  mkdirSync(inbox, { recursive: true })
  for (let n = 0; n < messages; n++) {
    const conversation = `talk-${n}`
    const name = `20260427T${String(n).padStart(6, '0')}Z-from-mill-${conversation}.org`
    writeFileSync(`${inbox}/${name}`, messageText(conversation, 1, size))
  }
}

/**
 * Makes homes of several sizes below one scratch folder, which `remove` takes away again.
 * @param {string | undefined} reference
 * @returns {Promise<{ scenarios: Scenario[], remove: () => void }>}
 */
export async function makeScenarios(reference) {
  const scratch = mkdtempSync(`${tmpdir()}/cac-bench-`)
  /** @param {string} name */
  const makeHome = (name, projects = 0, messages = 0, size = 2048) => {
    const home = `${scratch}/${name}`
    for (let n = 0; n < projects; n++) makeInbox(`${home}/projects/p${n}/inbox/from-agents`, messages, size)
    mkdirSync(home, { recursive: true })
    return home
  }
  const bin = `${scratch}/bin`
  mkdirSync(bin)
  const gnupg = `${scratch}/gnupg`
  mkdirSync(gnupg, { mode: 0o700 })
  const base = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    LANG: 'C.UTF-8',
    GNUPGHOME: gnupg,
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const gpg = ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '']
  spawnSync('gpg', [...gpg, '--quick-gen-key', 'bench', 'ed25519', 'sign', 'never'], {
    env: { ...base, HOME: scratch },
  })
  for (const name of ['systemctl', 'notify']) {
    writeFileSync(`${bin}/${name}`, '#!/bin/sh\n')
    chmodSync(`${bin}/${name}`, 0o755)
  }

  /**
   * @param {string} name
   * @param {string} command
   * @param {string} home
   * @param {string[]} args
   * @param {Partial<Scenario>} [more]
   * @returns {Scenario}
   */
  const scenario = (name, command, home, args, more = {}) => ({
    name,
    ours: [process.execPath, binOf(command), ...args],
    theirs:
      reference === undefined
        ? undefined
        : ['/usr/bin/python3', `${reference}/cross-agent-${command}`, ...args],
    env: { ...base, HOME: home },
    cwd: scratch,
    ...more,
  })

  const small = makeHome('small', 14, 2)
  const inbox = `${small}/projects/p0/inbox/from-agents`
  const message = `${scratch}/message.org`
  writeFileSync(message, messageText('bench', 1))
  const signed = `${makeHome('signed', 1)}/projects/p0/inbox/from-agents/m.org`
  copyFileSync(message, signed)
  spawnSync('gpg', [...gpg, '--armor', '--detach-sign', signed], { env: { ...base, HOME: scratch } })
  const many = `${makeHome('many', 1, 10_000)}/projects/p0/inbox/from-agents`
  const crowd = makeHome('crowd', 100, 1_000, 8192)
  const first = (/** @type {string} */ folder) => `${folder}/${readdirSync(folder).sort()[0]}`
  const target = makeHome('target', 1)
  const emptied = () => {
    rmSync(`${target}/projects/p0/inbox`, { recursive: true, force: true })
    makeInbox(`${target}/projects/p0/inbox/from-agents`)
  }

  return {
    scenarios: [
      scenario('status, 14 projects', 'status', small, []),
      scenario('recv, no verification', 'recv', small, ['--no-verify', first(inbox)]),
      scenario('recv, signed', 'recv', small, [signed]),
      scenario('send, local, unsigned', 'send', target, ['--no-sign', 'local.p0', message], {
        before: emptied,
      }),
      scenario('send, local, signed', 'send', target, ['local.p0', message], { before: emptied }),
      scenario('discover, nothing to do', 'discover', small, ['--no-cache']),
      scenario('halt', 'halt', makeHome('halted'), ['a reason']),
      scenario('resume, nothing to do', 'resume', makeHome('resumed'), []),
      scenario('recv, 10,000 neighbours', 'recv', small, ['--no-verify', first(many)]),
      scenario('status, 100 inboxes of 1,000', 'status', crowd, []),
    ],
    remove: () => {
      spawnSync('gpgconf', ['--kill', 'all'], { env: { ...base, HOME: scratch } })
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}
