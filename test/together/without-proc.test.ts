import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { binOf, root } from '../../scripts/project.mjs'
import type { examineHome } from '../support/doctor'
import { outcomeOf } from '../support/home'
import { putSigned } from '../support/inbox'
import { isLong, itLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { BSD_PS, MAC_SYSCTL, type SystemPrograms, withoutProc } from '../support/without-proc'

/** Processes are told apart by ps and sysctl, as on macOS and BSD. */
describe('C21 a take where there is no /proc', () => {
  const home = sharedHome()
  const bob = join(home.path, 'projects/bob')
  beforeAll(() => home.makeKey())

  const TAKE = `'${process.execPath}' '${binOf('recv')}' --next --take`

  /** A shell in such a system, whose number is its session. */
  function shell(programs: SystemPrograms, script: string): ChildProcess {
    const [program = '', ...words] = withoutProc(home, programs)
    const args = [...words, 'sh', '-c', `export CROSS_AGENT_SESSION=$$; ${script}`]
    return spawn(program, args, { cwd: bob, env: home.env, stdio: ['pipe', 'pipe', 'pipe'] })
  }
  const take = (programs: SystemPrograms) => outcomeOf(shell(programs, TAKE))

  /** A session that has taken the message. It takes it again for each line of its input, and goes on. */
  async function holder(programs: SystemPrograms) {
    const child = shell(
      programs,
      `${TAKE} > /dev/null; echo $?; while read -r line; do ${TAKE} > /dev/null; echo $?; done`,
    )
    const code = async () => {
      const [said] = await once(child.stdout ?? child, 'data')
      return Number(String(said))
    }
    expect(await code()).toBe(0)
    const end = async () => {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    const again = () => {
      child.stdin?.write('\n')
      return code()
    }
    return { end, again }
  }

  let count = 0
  const putOne = () =>
    putSigned(
      home,
      'bob',
      `202601010000${String(++count).padStart(2, '0')}Z-from-mill-talk.org`.replace(/^(\d{8})/, '$1T'),
      messageText({ CONVERSATION_ID: `talk-${count}` }),
    )
  const finish = async (file: string) => {
    expect(await home.run('recv', ['--done', file], { cwd: bob })).toMatchObject({ exitCode: 0 })
  }

  it('ends with its process, and not before', async () => {
    const file = await putOne()
    const system = { ps: BSD_PS, sysctl: MAC_SYSCTL }
    const session = await holder(system)
    expect(await take(system)).toMatchObject({ exitCode: 6 })
    expect(await session.again()).toBe(0)
    await session.end()
    expect(await take(system)).toMatchObject({ exitCode: 0, stderr: '' })
    await finish(file)
  })

  itLong('does not end while a process answers to that number, also if ps hides it', async () => {
    const file = await putOne()
    const hidden = { ps: 'exit 1', sysctl: MAC_SYSCTL }
    const session = await holder({ ps: BSD_PS, sysctl: MAC_SYSCTL })
    expect(await take(hidden)).toMatchObject({ exitCode: 6 })
    await session.end()
    expect(await take(hidden)).toMatchObject({ exitCode: 0 })
    await finish(file)
  })

  it.runIf(isLong).each([
    ['ps is not allowed', { ps: 'echo "ps: Operation not permitted" >&2; exit 1', sysctl: MAC_SYSCTL }],
    ['nothing says where numbers count', { ps: BSD_PS }],
    ['it is a jail', { ps: BSD_PS, sysctl: `echo kern.hostuuid: 8d4ac0f5; echo security.jail.jailed: 1` }],
    ['it is another boot', { ps: BSD_PS, sysctl: MAC_SYSCTL.replace('5D2E24A1', 'FFFFFFFF') }],
  ] satisfies [string, SystemPrograms][])('counts until its end where %s', async (_, system) => {
    const file = await putOne()
    const session = await holder({ ps: BSD_PS, sysctl: MAC_SYSCTL })
    expect(await take(system)).toMatchObject({ exitCode: 6 })
    await session.end()
    expect(await take(system)).toMatchObject({ exitCode: 6 })
    await finish(file)
  })
})

describe('B70 the doctor where there is no /proc', () => {
  const home = sharedHome()

  itLong('names a watcher, and that it may be for another home', async () => {
    const watcher = home.start('watch', ['--service', 'run'])
    try {
      const [program = '', ...words] = withoutProc(home, { ps: BSD_PS })
      const args = [...words, process.execPath, binOf('status'), '--doctor', '--json']
      const { stdout } = await home.exec(program, args)
      const { checks }: { checks: Awaited<ReturnType<typeof examineHome>> } = JSON.parse(stdout)
      expect(checks.find(({ name }) => name === 'watcher')).toMatchObject({
        state: 'unknown',
        said: expect.stringMatching(/^process \d+ watches; for which home this system does not tell$/),
      })
    } finally {
      watcher.kill('SIGKILL')
    }
  })
})

/** What macOS says: a client in the folder, one elsewhere, one without a terminal, the server, and one that has ended. */
const MAC_PS = `cat << 'END'
  501     1 S+   ttys001  Thu Jan  1 00:00:01 2026     /opt/homebrew/bin/codex --model x
  502     1 S+   ttys002  Thu Jan  1 00:00:02 2026     codex
  503     1 S    ??       Thu Jan  1 00:00:03 2026     codex
  504     1 Ss   ttys003  Thu Jan  1 00:00:04 2026     codex app-server
  505   501 Z+   ttys001  Thu Jan  1 00:00:05 2026     (codex)
  506     1 S+   ttys004  Thu Jan  1 00:00:06 2026     -zsh
END`

describe('B77 clients of Codex where there is no /proc', () => {
  const home = sharedHome()

  it('are those with a terminal in the folder, as ps and lsof tell', async () => {
    const folder = join(home.path, 'bob')
    mkdirSync(folder)
    symlinkSync(folder, join(home.path, 'link'))
    const entry = join(root, 'packages/core/src/agents/codex-clients.ts')
    const program = home.write(
      'clients.cjs',
      buildSync({
        stdin: {
          contents: `import { clientsIn } from '${entry}'\nfor (const folder of process.argv.slice(2)) console.log(clientsIn(folder))`,
          resolveDir: root,
        },
        bundle: true,
        platform: 'node',
        write: false,
      }).outputFiles[0]?.text ?? '',
    )
    const lsof = `[ "$*" = '-a -d cwd -p 501,502 -Fpn' ] && printf 'p501\\nfcwd\\nn%s\\np502\\nfcwd\\nn/\\n' '${folder}'`
    const [words = '', ...args] = withoutProc(home, { ps: MAC_PS, lsof })
    const asked = await home.exec(words, [
      ...args,
      process.execPath,
      program,
      folder,
      join(home.path, 'link'),
      '/tmp',
    ])
    expect(asked).toMatchObject({ stdout: '1\n1\n0\n', stderr: '' })
  })
})
