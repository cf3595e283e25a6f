import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HEAR_COMMAND } from '../support/honest-peer'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
beforeAll(() => {
  home.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\n')
  home.stub('systemctl', 'exit 0')
})
/** `does`: what the peer does with a command. */
const stubPeer = (does: string) =>
  home.stub('ssh', `[ "$1" = -G ] && exit 1\n${HEAR_COMMAND}\ncd '${home.path}'\n${does}`)

describe('B72 a peer that says too much', () => {
  beforeEach(async () => {
    rmSync(join(home.path, '.local'), { recursive: true, force: true })
    home.stub('ssh', 'exit 255')
    home.stub('rsync', 'exit 255')
    const file = home.write('message.org', messageText())
    await home.run('send', ['velox.bob', file, '--no-sign', '--retries', '0'], { cwd: '/tmp' })
  })
  const retry = () => home.run('send', ['--retry-failed'], { cwd: '/tmp' })

  itLong('lists one message again and again: it is looked at once', async () => {
    home.stub('rsync', 'echo x >> "$HOME/rsyncs"; echo transferred')
    stubPeer(`n=0; while [ $n -lt 5000 ]; do echo "cross-agent $sum found 0 inbox"; n=$((n + 1)); done
echo "cross-agent $sum searched"; read -r word; echo "cross-agent $sum no-name"`)
    expect(await retry()).toMatchObject({ exitCode: 3 })
    expect(readFileSync(join(home.path, 'rsyncs'), 'utf8')).toBe('x\n')
  })

  it('speaks without end: it is not listened to, and that is a failure', async () => {
    stubPeer('exec yes "cross-agent $sum found 0 inbox"')
    const tried = await retry()
    expect(tried).toMatchObject({ exitCode: 3 })
    expect(tried.stderr).toContain('it says too much')
    stubPeer('exec cat /dev/zero')
    expect((await retry()).stderr).toContain('it says too much')
  })

  itLong('asks again without end: it is told three times more', async () => {
    stubPeer(`while :; do echo cross-agent again; ${HEAR_COMMAND}
echo x >> "$HOME/told"; [ -n "$script" ] || exit 255; done`)
    const tried = await retry()
    expect(tried).toMatchObject({ exitCode: 3 })
    expect(tried.stderr).toContain('its shell loses what it is told')
    expect(readFileSync(join(home.path, 'told'), 'utf8').match(/x/g)?.length ?? 0).toBeLessThanOrEqual(4)
  })

  itLong('lists more messages than anybody sends: --sent says so, in linear time', async () => {
    const project = join(home.path, 'projects/mill')
    mkdirSync(project, { recursive: true })
    stubPeer(`echo "cross-agent $sum inbox usual bob"
yes "cross-agent $sum moved 1 done/20260427T091142Z-from-mill-x.org" | head -n 60000; echo "cross-agent $sum end"`)
    const { stdout } = await home.run('status', ['--sent', '--json'], { cwd: project })
    expect(JSON.parse(stdout).peers_not_reached).toMatchObject([
      { error: 'it lists more than 20000 messages' },
    ])
  })
})

describe('B63 the reason why a peer did not do as told', () => {
  const NOISE = [
    "Warning: Permanently added 'velox' (ED25519) to the list of known hosts.",
    '** WARNING: connection is not using a post-quantum key exchange algorithm.',
    '** This session may be vulnerable to "store now, decrypt later" attacks.',
    '** The server may need to be upgraded. See https://openssh.com/pq.html',
  ]
  const noise = NOISE.map((line) => `echo '${line.replaceAll("'", "'\\''")}' >&2`).join('\n')
  const reasons = async () => {
    const halted = await home.run('halt', ['--tailnet'])
    await home.run('resume', [])
    const { stdout } = await home.run('discover', ['--no-cache'])
    return [/✗ \((.*)\)$/m.exec(halted.stdout)?.[1], /UNREACHABLE \((.*)\)$/m.exec(stdout)?.[1]]
  }
  it.each(
    sample(
      [
        ['a warning of ssh', `${noise}\nexit 255`, 'exit 255', 'exit 255'],
        ['a warning behind the reason', `echo 'no route' >&2\n${noise}\nexit 255`, 'no route', 'no route'],
        [
          'no shell for commands',
          `${noise}\necho This account is currently not available.\nexit 1`,
          'its login shell runs no commands',
          'its login shell runs no commands',
        ],
        [
          'a start-up file, beside what failed',
          `echo 'Welcome to velox' >&2; echo "cross-agent $sum failed mkdir: no room"; echo bye >&2; exit 1`,
          'mkdir: no room',
          'mkdir: no room',
        ],
      ],
      1,
    ),
  )('is never noise: %s', async (_, does, ofHalt, ofDiscover) => {
    stubPeer(does)
    expect(await reasons()).toEqual([ofHalt, ofDiscover])
  })
})
