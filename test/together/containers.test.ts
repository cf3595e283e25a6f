import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.mjs'
import { giveContainers, hasContainers } from '../support/container'
import { outcomeOf } from '../support/home'
import { watchedFolders } from '../support/inotify'
import { fingerprint } from '../support/keys'
import { itLong } from '../support/long'
import { sharedHome } from '../support/own-home'
import { codeBlocks } from '../support/readme'
import { until } from '../support/until'

const home = sharedHome()
const [define, keys] = codeBlocks('docs/containers.md').map(({ text }) => text)
const inProject = (project: string) => ({ cwd: join(home.path, 'projects', project) })
const box = join(home.path, '.local/share/boxes/bakery')

/** Runs a line of a reader who has pasted the document's first block. */
const pasted = (line: string) => home.exec('sh', ['-ec', `${define}\n${line}`])
const inBox = (line: string) => pasted(`in_box ${line}`)

const fileIn = (stdout: string) => /^file: (.*)$/m.exec(stdout)?.[1] ?? ''
const sendToBakery = async (title: string) => {
  const sent = await home.run('send', ['bakery', '-m', 'Three sacks.', '--title', title], inProject('mill'))
  expect(sent, sent.stderr).toMatchObject({ exitCode: 0 })
}
const take = (env: Record<string, string> = {}) =>
  home.run('recv', ['--next', '--take'], { ...inProject('bakery'), env })

describe.skipIf(!hasContainers)('an agent in a container with the mounts of docs/containers.md', () => {
  beforeAll(async () => {
    giveContainers(home)
    await home.makeKey()
    for (const project of ['bakery', 'mill', 'shop']) mkdirSync(home.inbox(project), { recursive: true })
    writeFileSync(join(home.path, 'projects/shop/secret'), 'x')
    const made = await pasted(keys ?? '')
    expect(made, made.stderr).toMatchObject({ exitCode: 0 })
  })

  it('reads, answers and finishes mail, with a key of its own and an address that can be answered', async () => {
    await sendToBakery('Flour')
    const read = await inBox('cross-agent-recv --next --take')
    expect(read, read.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^decision: process[\s\S]*Three sacks\./),
    })
    const file = fileIn(read.stdout)
    // A path that was printed inside is that of the file outside.
    expect(existsSync(file)).toBe(true)
    expect(await inBox(`cross-agent-send --reply-to ${file} -m Tomorrow.`)).toMatchObject({ exitCode: 0 })
    expect(await inBox(`cross-agent-recv --done ${file}`)).toMatchObject({ exitCode: 0 })
    const answer = await home.run('recv', ['--next'], inProject('mill'))
    expect(answer).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/bakery in its box[\s\S]*Tomorrow\./),
    })
    expect(answer.stdout).toMatch(new RegExp(`^from: ${home.machine}\\.bakery$`, 'm'))
    const done = await home.run('recv', ['--done', fileIn(answer.stdout)], inProject('mill'))
    expect(done).toMatchObject({ exitCode: 0 })
  })

  it('sees nothing else: no other project, inbox, key, or state', async () => {
    writeFileSync(
      join(home.path, 'projects/bakery/look'),
      `find / -xdev -name secret -o -path "*/gpg/*.key" -o -path "*/shop/*"; echo found
gpg --batch --with-colons --list-secret-keys
cross-agent-send shop -m Hello.; echo "send: $?"
ls -A ~/projects\n`,
    )
    const { stdout } = await inBox('sh ./look')
    expect(stdout).toMatch(/^found\n/)
    expect(stdout.match(/^sec:/gm)).toHaveLength(1)
    expect(stdout).toContain('bakery in its box')
    expect(stdout).toMatch(/\nsend: 2\n/)
    expect(stdout).not.toContain('shop')
  })

  it('is stopped by a HALT that comes later, and can neither set nor clear it, nor change whom to trust', async () => {
    const HALT = '.config/cross-agent-comms/HALT'
    expect(await inBox('cross-agent-halt stop')).toMatchObject({ exitCode: 1 })
    expect(existsSync(join(home.path, HALT))).toBe(false)
    const settings = await inBox('cross-agent-watch --hook claude --install --brake')
    expect(settings, settings.stderr).toMatchObject({ exitCode: 0 })
    const { hooks } = JSON.parse(readFileSync(join(box, '.claude/settings.json'), 'utf8'))
    const brake: string = hooks.PreToolUse[0].hooks[0].command
    const script = join(home.path, 'projects/bakery/brake')
    writeFileSync(script, brake)
    expect(await inBox('sh ./brake')).toMatchObject({ exitCode: 0 })
    // The container runs on while HALT comes.
    const waiter = home.spawn('sh', [
      '-ec',
      `${define}\nin_box cross-agent-watch --once --here --timeout 100`,
    ])
    const ended = outcomeOf(waiter)
    await untilOneWaits()
    expect(await home.run('halt', ['--no-stop-watcher', 'stop', 'it'])).toMatchObject({ exitCode: 0 })
    expect(await ended).toMatchObject({ exitCode: 5 })
    const peers = join(home.path, '.config/cross-agent-comms/peers.toml')
    writeFileSync(
      join(home.path, 'projects/bakery/under-halt'),
      `cross-agent-send mill -m Hello.; echo "send: $?"
sh ./brake; echo "brake: $?"
cross-agent-resume; echo "resume: $?"
(echo > ${peers}) && echo changed\n`,
    )
    const halted = await inBox('sh ./under-halt')
    expect(halted.stdout).toBe('send: 5\nbrake: 2\nresume: 1\n')
    expect(halted.stderr).toContain('stop it')
    expect(await home.run('resume', [])).toMatchObject({ exitCode: 0 })
  })

  itLong('hears of mail from outside while it waits, and is heard outside', async () => {
    const inside = outcomeOf(
      home.spawn('sh', ['-ec', `${define}\nin_box cross-agent-watch --once --here --timeout 100`]),
    )
    await untilOneWaits()
    await sendToBakery('Oats')
    const heard = await inside
    expect(heard).toMatchObject({ exitCode: 0 })
    expect(await home.run('recv', ['--done', heard.stdout.trim()], inProject('bakery'))).toMatchObject({
      exitCode: 0,
    })
    const outside = outcomeOf(
      home.start('watch', ['--once', '--here', '--timeout', '100'], inProject('mill')),
    )
    await untilOneWaits()
    expect(await inBox('cross-agent-send mill -m Here.')).toMatchObject({ exitCode: 0 })
    expect(await outside).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(home.inbox('mill')) })
  })

  itLong(
    'C21 keeps its take when it is gone, for as long as was said, and goes on with it when it comes back',
    async () => {
      await sendToBakery('Rye')
      const taken = await inBox('cross-agent-recv --next --take')
      expect(taken).toMatchObject({ exitCode: 0 })
      const file = fileIn(taken.stdout)
      expect(await take()).toMatchObject({ exitCode: 6 })
      expect(await home.run('recv', ['--put-back', file], inProject('bakery'))).toMatchObject({ exitCode: 3 })
      expect(fileIn((await inBox('cross-agent-recv --next --take')).stdout)).toBe(file)
      // The same word frees it outside.
      const env = { CROSS_AGENT_SESSION: 'bakery-box' }
      const freed = await home.run('recv', ['--put-back', file], { ...inProject('bakery'), env })
      expect(freed, freed.stderr).toMatchObject({ exitCode: 0 })
      expect(await take()).toMatchObject({ exitCode: 0 })
      expect(await inBox('cross-agent-recv --next --take')).toMatchObject({ exitCode: 6 })
      expect(await home.run('recv', ['--done', file], inProject('bakery'))).toMatchObject({ exitCode: 0 })
    },
  )

  itLong(
    'C21 of a process that nobody outside can see, a take is neither given away nor kept beyond its time',
    async () => {
      await sendToBakery('Barley')
      // A shell that lives while it is looked at from outside, then the container is gone.
      const inside = home.spawn('sh', [
        '-ec',
        `${define?.replace('CROSS_AGENT_SESSION=bakery-box', 'X=x')}
      in_box sh -c 'cross-agent-recv --next --take --for 1800 && sleep 600'`,
      ])
      const ended = outcomeOf(inside)
      let said = ''
      inside.stdout?.on('data', (text) => {
        said += text
      })
      await until(() => said.includes('Three sacks.'), 'a take in the container')
      const looked = await take()
      const engine = await home.exec('pgrep', ['-f', `^unshare .*${home.path}/container`])
      process.kill(Number(engine.stdout.trim().split('\n')[0]), 'SIGKILL')
      await ended
      expect(looked).toMatchObject({ exitCode: 6 })
      // A new container may get the number of the old one's namespace, and then knows that the process has ended.
      expect(await take()).toMatchObject({ exitCode: 6 })
      const clock = home.write('clock', String(31 * 60_000))
      const later = await take({
        CLOCK_OFF_BY: clock,
        NODE_OPTIONS: `--import=${root}/test/support/clock.mjs`,
      })
      expect(later, later.stderr).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('Three sacks.'),
      })
      const done = await home.run('recv', ['--done', fileIn(later.stdout)], inProject('bakery'))
      expect(done).toMatchObject({ exitCode: 0 })
    },
  )

  itLong('only its own user reads anything inside, also with podman', async ({ skip }) => {
    // Elsewhere there is one user.
    if (process.getuid?.() !== 0) return skip()
    await sendToBakery('Spelt')
    const read = (user: string) => {
      const block = define
        ?.replace('docker run', 'podman run --userns=keep-id')
        .replace(/--user "[^"]*"/, user)
      return home.exec('sh', ['-ec', `${block}\nin_box cross-agent-recv --next`])
    }
    expect(await read('--user 65534:65534')).toMatchObject({ exitCode: 2, stdout: '' })
    const own = await read('--user 0:0')
    expect(own).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Three sacks.') })
    expect(await inBox(`cross-agent-recv --done ${fileIn(own.stdout)}`)).toMatchObject({ exitCode: 0 })
  })

  itLong('its key signs as any project, unless each has a list without it', async () => {
    const own = await fingerprint(home, 'tester')
    const peers = '.config/cross-agent-comms/peers.toml'
    const asShop = () =>
      inBox(
        'sh -c "mkdir -p ~/projects/shop; cd ~/projects/shop; cross-agent-send mill -m Hello. --title Forged"',
      )
    const decided = async () => {
      expect(await asShop()).toMatchObject({ exitCode: 0 })
      const { stdout } = await home.run('recv', ['--next'], inProject('mill'))
      expect(await home.run('recv', ['--aside', fileIn(stdout)], inProject('mill'))).toMatchObject({
        exitCode: 0,
      })
      return /^decision: (\w+)/.exec(stdout)?.[1]
    }
    expect(await decided()).toBe('process')
    home.write(peers, `[trust.from.shop]\nsigners = ["${own}"]\n`)
    expect(await decided()).toBe('reject')
    home.write(peers, '')
  })

  itLong('signs by the socket of an agent outside, without the key', async () => {
    const mount = /`(--mount "type=bind,src=\$\(gpgconf[^`]*)`/.exec(
      readFileSync(join(root, 'docs/containers.md'), 'utf8'),
    )
    const block = define
      ?.replace('boxes/bakery', 'boxes/by-socket')
      .replace(/( *)IMAGE/, `$1${mount?.[1]} IMAGE`)
    const [third = ''] = keys?.trimEnd().split('\n').slice(-1) ?? []
    const line = 'in_box cross-agent-send mill -m Hello. --title "By socket"'
    const lines = `${block}\ngpg-connect-agent /bye\n${third}\n${line}\nin_box find "$HOME/.gnupg" -name '*.key'`
    const sent = await home.exec('sh', ['-ec', lines])
    expect(sent, sent.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^sent: .*\.org\n$/m),
    })
    const file = /^sent: (.*)$/m.exec(sent.stdout)?.[1] ?? ''
    const shown = await home.run('recv', ['--show', file], inProject('mill'))
    expect(shown).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^decision: process[\s\S]*tester/),
    })
    expect(sent.stdout).not.toContain('.key')
  })
})

/** Waits until a `--once` of this home, inside or outside, hears of what comes. */
async function untilOneWaits(): Promise<void> {
  await until(async () => {
    const { stdout } = await home.exec('pgrep', ['-f', 'cross-agent-watch.* --once'])
    const pids = stdout.split('\n').filter((pid) => pid !== '')
    return pids.some((pid) => isOfHome(pid) && watchedFolders({ pid: Number(pid) }) > 0)
  }, 'somebody waits')
}

function isOfHome(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${home.path}`)
  } catch {
    return false
  }
}
