// ad hoc: kill a remote send at each fs call
import { existsSync, mkdirSync, readdirSync, rmSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, expect } from 'vitest'
import { binOf } from '/work/h1/scripts/project.mjs'
import { Home } from '/work/h1/test/support/home'
import { atCall, callsOf, type Subject } from '/work/h1/test/support/kill-points'
import { messageText } from '/work/h1/test/support/message'
it('kills', async () => {
  const home = new Home()
  const peer = join(home.path, 'peer')
  const state = join(home.path, '.local')
  const temp = join(home.path, 'temp')
  home.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\nhost="velox"\n')
  home.stub('ssh', `case $1 in -G) exit 0;; esac; exit 1`)
  // rsync -a FILE TARGET, or with --ignore-existing, or --checksum --dry-run
  home.stub('rsync', `for last; do :; done
case "$*" in
*--dry-run*) for f; do case $f in /*) cmp -s "$f" "${peer}/$(basename $f)" || echo transferred;; esac; done ;;
*) for f; do case $f in /*) if [ ! -e "${peer}/$(basename $f)" ]; then cp "$f" "${peer}/$(basename $f)"; echo transferred; fi;; esac; done ;;
esac`)
  const message = home.write('message.org', messageText({}, 'x'))
  const prepare = () => { for (const f of [peer, state, temp]) rmSync(f, { recursive: true, force: true }); mkdirSync(peer); mkdirSync(temp) }
  const options = { env: { TMPDIR: temp }, cwd: '/tmp' }
  const subject: Subject = { home, command: ['node', binOf('send'), 'velox.bob', message, '--no-sign', '--retries', '0'], options, prepare }
  const calls = await callsOf(subject)
  console.log(calls.length)
  const seen: string[] = []
  for (const call of calls) {
    await atCall(call, 'signal=KILL', subject)
    const before = readdirSync(peer).length
    const status = JSON.parse((await home.run('status', ['--json'])).stdout).outbox_count ?? 0
    const retry = await home.run('send', ['--retry-failed'], options)
    const after = readdirSync(peer).length
    const left = existsSync(join(state, 'state/cross-agent-comms/outbox')) ? readdirSync(join(state, 'state/cross-agent-comms/outbox')) : []
    seen.push(`${before} kept ${status} -> rc ${retry.exitCode} ${after} left ${left} | ${retry.stderr.trim().slice(0,80)} | ${call.line.slice(0,110)}`)
  }
  console.log(seen.join('\n'))
  home.remove()
}, 900000)
