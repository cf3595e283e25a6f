// @ts-check
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'

/** @import { World } from './world.mjs' */

/** Milliseconds in which it must be there. */
const START_LIMIT = 30_000
/** Each machine has one of its own: those of earlier homes still run. */
let nextPort = 20_000 + (process.pid % 20_000)

/** What a measured command must be told: the user, and that ssh is the real one. */
export const BY_SSH = { USER: userInfo().username, BENCH_SSHD: '1' }

/**
 * Starts a real sshd on this machine: the peer of a home, which its `ssh` reaches by any name. It ends with the world.
 * @param {string} home
 * @param {World} world
 */
export function startMachine(home, world) {
  const folder = `${home}/sshd`
  const port = nextPort++
  mkdirSync(folder)
  for (const name of ['host_key', 'key'])
    call('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', `${folder}/${name}`)
  copyFileSync(`${folder}/key.pub`, `${folder}/authorized_keys`)
  const server = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${folder}/host_key`,
    `PidFile ${folder}/pid`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    `SetEnv HOME=${home}/peer PATH=/usr/local/bin:/usr/bin:/bin`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
  ]
  const client = [
    'Host *',
    'HostName 127.0.0.1',
    `Port ${port}`,
    `IdentityFile ${folder}/key`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    'StrictHostKeyChecking no',
    'UserKnownHostsFile /dev/null',
    'GlobalKnownHostsFile /dev/null',
    'LogLevel ERROR',
  ]
  writeFileSync(`${folder}/sshd_config`, `${server.join('\n')}\n`)
  writeFileSync(`${folder}/config`, `${client.join('\n')}\n`)
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const daemon = world.start(
    {
      line: ['/usr/sbin/sshd', '-D', '-f', `${folder}/sshd_config`, '-E', `${folder}/log`],
      env: process.env,
    },
    'ignore',
  )
  // It ends with this process, which does not wait for it.
  daemon.unref()
  for (const end = Date.now() + START_LIMIT; !existsSync(`${folder}/pid`); pause())
    if (Date.now() > end) throw new Error(`sshd does not start: see ${folder}/log`)
}

const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)

/** @param {string} program @param {string[]} args */
function call(program, ...args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`)
}
