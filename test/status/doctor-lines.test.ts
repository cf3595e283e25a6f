import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { AGENTS } from '@cac/core/agents/agents'
import { installHooks } from '@cac/core/agents/install-hooks'
import { paths } from '@cac/core/fs/paths'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { asNode, examineHome, type Finding, pathOf } from '../support/doctor'
import type { RunOptions } from '../support/home'
import { home, it, itLong } from '../support/own-home'
import { hasRoot } from '../support/root'

/** Lines of the doctor of which one run shows several. A home without a key: of that, nothing is asked here. */
beforeEach(() => {
  mkdirSync(home.inbox('bob'), { recursive: true })
  mkdirSync(home.programs)
})

const CONFIG = '.config/cross-agent-comms'
const STATE = '.local/state/cross-agent-comms'
const UNITS = ['path', 'service'].map((kind) => `cross-agent-watch.${kind}`)
const installUnit = (name: string) =>
  home.write(`.config/systemd/user/${name}`, readFileSync(join('systemd', name)))
const install = (name: keyof typeof AGENTS, folder: string, program: string) =>
  installHooks(AGENTS[name], { folder, program, node: process.execPath, paths: paths(home.path) })

/** What it says of these parts: state, what was found, and what to do. */
async function said(names: RegExp, options?: RunOptions): Promise<string[]> {
  const checks = await examineHome(home, options)
  return checks.filter(({ name }) => names.test(name)).map(shown)
}

function shown({ name, state, said: found, remedy }: Finding): string {
  const to =
    remedy === null ? '' : ` -> ${remedy.words}${remedy.command === null ? '' : `: ${remedy.command}`}`
  return `${state} ${name}: ${found}${to}`.replaceAll(home.path, '~')
}

describe('B70 status --doctor', () => {
  it('B70 says of each program how it is', async () => {
    const retry = 'fix that, or install openssh-client again: ssh --version'
    home.stub('gpg', 'echo "gpg (GnuPG) 1.4.23"')
    home.stub('ssh', 'echo "no libcrypto" >&2; exit 127')
    symlinkSync(binOf('send'), join(home.programs, 'cross-agent-send'))
    const names = /^(node|commands|gpg|ssh|rsync|peers\.toml|notifier)$/
    expect(await said(names, { env: asNode(home, 'v20.1.0') })).toEqual([
      'absent node: v20.1.0 works; its end of life was 2026-04-30: its security holes are no longer fixed',
      'absent commands: not on PATH: cross-agent-recv, cross-agent-watch, cross-agent-status, cross-agent-discover, cross-agent-halt, cross-agent-resume',
      'bad gpg: 1.4.23 is too old -> install gnupg 2.2 or newer',
      'absent peers.toml: not there: messages go to projects of this machine only',
      'absent ssh: not there, and not needed without peers',
      expect.stringMatching(/^ok rsync: \d/),
      'absent notifier: neither notify nor notify-send: a watcher only prints and logs',
    ])
    home.write(`${CONFIG}/peers.toml`, '[peers.velox]\nhost = "velox"\n')
    home.stub('notify', 'exit 0')
    const env = { ...asNode(home, 'v18.20.0'), PATH: `${home.programs}:${pathOf(home, 'git', 'sh').PATH}` }
    expect(await said(/^(node|ssh|rsync|notifier|peer )/, { env })).toEqual([
      'bad node: v18.20.0 is past its end of life and too old: these commands need node 20 or newer -> install a newer node, then these commands again',
      `bad ssh: does not work: no libcrypto -> ${retry}`,
      'bad rsync: not found: nothing can be sent to peers -> install rsync',
      expect.stringMatching(/^bad peer velox: /),
      'ok notifier: ~/programs/notify',
    ])
  })

  itLong('B70 the node that package.json asks for is none to complain of', async () => {
    const { engines }: { engines: { node: string } } = JSON.parse(readFileSync('package.json', 'utf8'))
    const oldest = /^>=(\d+)$/.exec(engines.node)?.[1]
    const states = await Promise.all(
      [`v${oldest}.0.0`, `v${Number(oldest) - 1}.9.0`, 'v99.0.0'].map(async (version) => {
        const file = home.write(
          `${version}.cjs`,
          `Object.defineProperty(process, 'version', { value: '${version}' })\n`,
        )
        const checks = await examineHome(home, { env: { NODE_OPTIONS: `--require=${file}` } })
        return checks.find(({ name }) => name === 'node')?.state
      }),
    )
    expect(states[0]).not.toBe('bad')
    expect(states.slice(1)).toEqual(['bad', 'ok'])
  })

  itLong('B70 what is kept is to be sent by --retry-failed, what is not to be sent again', async () => {
    const names = /^failed sends$/
    expect(await said(names)).toEqual(['ok failed sends: none'])
    const marker = (id: string, error: string) =>
      home.write(
        `${STATE}/failed-sends/${id}.json`,
        JSON.stringify({ destination: 'velox.bob', message_path: 'm.org', error }),
      )
    const entry = (id: string, record: object) => {
      home.write(`${STATE}/outbox/${id}/entry.json`, JSON.stringify(record))
      home.write(`${STATE}/outbox/${id}/20260101T000000Z-from-ada-t.org`, 'kept')
    }
    const tries = [{ time: '2026-01-01T00:00:00Z', error: 'no route to host' }]
    const record = { destination: 'velox.bob', name: '20260101T000000Z-from-ada-t.org', signed: false, tries }
    marker('20260101T000000Z-velox-bob-kept', 'no route to host')
    entry('20260101T000000Z-velox-bob-kept', record)
    const kept =
      'bad failed sends: 1 message could not be sent and kept, the last to velox.bob: no route to host -> fix that, then send the kept messages: cross-agent-send --retry-failed'
    expect(await said(names)).toEqual([kept])
    entry('20260101T000000Z-velox-bob-odd', { destination: 7 })
    marker('20260101T000000Z-velox-bob-odd', 'no route to host')
    marker('20260101T000001Z-velox-bob-old', 'the script gave up')
    expect(await said(names)).toEqual([
      kept,
      'bad failed sends: 1 kept message that cannot be read: ~/.local/state/cross-agent-comms/outbox/20260101T000000Z-velox-bob-odd: entry.json is damaged -> send it again if it matters, and remove that folder: ls -l ~/.local/state/cross-agent-comms/outbox/20260101T000000Z-velox-bob-odd',
      'bad failed sends: 1 send failed for good, the last to velox.bob: the script gave up -> fix that, send the message again and remove the marker: ls ~/.local/state/cross-agent-comms/failed-sends',
    ])
    rmSync(join(home.path, STATE, 'outbox'), { recursive: true })
    home.write(`${STATE}/failed-sends/20270101T000000Z.json`, '{')
    expect((await said(names))[0]).toContain(
      '4 sends failed for good, the last by a marker that cannot be read',
    )
    rmSync(join(home.path, STATE, 'failed-sends'), { recursive: true })
    symlinkSync('failed-sends', join(home.path, STATE, 'failed-sends'))
    expect((await said(names))[0]).toMatch(/cannot be checked: ELOOP: .* -> fix that, and ask again$/)
  })

  itLong('B70 only what notifies of mail is the watcher', async () => {
    const names = /^watcher$/
    const none =
      'absent watcher: none found, so no notifier tells of mail; as a service: cross-agent-watch --service install'
    const tail = home.write('bin/cross-agent-watch', '#!/bin/sh\n', 0o755)
    const others = [
      home.start('watch', ['--once', '--timeout', '100']),
      home.start('watch', ['--exec', 'true']),
      home.start('watch', ['--no-notify']),
      home.spawn('tail', ['-f', tail]),
      home.start('watch', [], { env: { HOME: `${home.path}/bob` } }),
    ]
    const started = [...others]
    try {
      expect(await said(names)).toEqual([none])
      const glob = `${home.path}/projects/b*/inbox/from-agents/`
      started.push(home.start('watch', ['--log', '/dev/null', '--projects-glob', glob]))
      expect(await said(names)).toEqual([
        `absent watcher: process ${started.at(-1)?.pid} watches ~/projects/b*/inbox/from-agents/ only`,
      ])
      started.push(home.start('watch', ['--service', 'run', '--log', '--once']))
      expect(await said(names)).toEqual([`ok watcher: runs, as process ${started.at(-1)?.pid}`])
    } finally {
      for (const child of started) child.kill('SIGKILL')
    }
  })

  itLong('B70 says how the service is', async () => {
    const names = /^(watcher|brake)$/
    const [path = '', service = ''] = UNITS
    const again = 'install the service again: cross-agent-watch --service install'
    installUnit(path)
    expect(await said(names)).toEqual([
      'ok brake: not halted',
      `bad watcher: cross-agent-watch.service is missing -> ${again}`,
    ])
    installUnit(service)
    home.stub('systemctl', 'exit 1')
    expect((await said(names))[1]).toBe(
      'unknown watcher: the service is installed, and systemd does not say whether it runs',
    )
    home.stub('systemctl', 'printf "inactive\\ninactive\\n"; exit 3')
    expect((await said(names))[1]).toBe(
      'bad watcher: the service is installed, and cross-agent-watch.service is inactive -> start it, and see why it ended with: journalctl --user: cross-agent-resume',
    )
    mkdirSync(join(home.path, CONFIG, 'HALT'), { recursive: true })
    const [folder] = (await examineHome(home)).filter(({ name }) => name === 'brake')
    expect(folder?.said).toMatch(/HALT is there and cannot be read$/)
    expect(folder?.remedy?.words).toContain('cross-agent-resume removes files only')
    spawnSync('sh', ['-c', folder?.remedy?.command ?? 'false'])
    expect((await said(names))[0]).toBe('ok brake: not halted')
    home.write(`${CONFIG}/HALT`, '')
    expect(await said(names)).toEqual([
      'bad brake: halted, without a reason -> when the reason is gone: cross-agent-resume',
      'absent watcher: the service is stopped, because of HALT',
    ])
  })

  itLong('B70 hooks are found in sub-folders, and wherever they were installed', async () => {
    const names = /^hooks/
    expect(await said(names)).toEqual([
      'absent hooks: none installed: agents see mail when they look, or by a watcher',
    ])
    const sub = join(home.path, 'projects/bob/packages/web')
    mkdirSync(join(sub, 'src'), { recursive: true })
    await install('claude', sub, '/old/cross-agent-watch')
    const old =
      'bad hooks claude: ~/projects/bob/packages/web/.claude/settings.json is of another version, or runs another program -> install the hooks again: cross-agent-watch --hook claude --install --project ~/projects/bob/packages/web'
    expect(await said(names, { cwd: join(home.path, 'projects/bob') })).toEqual([old])
    rmSync(join(home.path, STATE), { recursive: true })
    expect(await said(names, { cwd: join(sub, 'src') })).toEqual([old])
    rmSync(join(sub, '.claude/settings.json'))
    expect(await said(names, { cwd: sub })).toEqual([
      old.replace('is of another version, or runs another program', 'is missing'),
    ])
  })

  itLong('B70 says what keeps an agent from running its hooks', async () => {
    const names = /^hooks/
    home.write('.gemini/settings.json', '{ "a": {},\n }')
    home.write('.claude/settings.json', '{} // mine')
    const program = join(home.programs, 'cross-agent-watch')
    symlinkSync(binOf('watch'), program)
    for (const name of ['claude', 'codex', 'gemini', 'cursor'] as const)
      await install(name, home.path, program)
    home.write(
      '.gemini/settings.json',
      readFileSync(join(home.path, '.gemini/settings.json'), 'utf8').replace('{}', '[1,]'),
    )
    home.write('.codex/config.toml', 'model = "m"\n')
    home.write('.cursor/hooks.json', Buffer.from('"\xff"', 'latin1'))
    expect(await said(names)).toEqual([
      'bad hooks claude: ~/.claude/settings.json holds comments or trailing commas: Claude Code ignores all of it -> take them out',
      'unknown hooks codex: installed in ~; Codex skips them until you trust them: open /hooks in Codex',
      'bad hooks gemini: Gemini CLI does not start: ~/.gemini/settings.json has a trailing comma at line 1, column 10 -> take it out',
      'bad hooks cursor: cannot read ~/.cursor/hooks.json: it is not UTF-8 -> fix that: no hook of that file is run',
    ])
    const states = ['session_start', 'user_prompt_submit', 'stop'].map(
      (event) => `[hooks.state."${home.path}/.codex/hooks.json:${event}:0:0"]\ntrusted_hash = "sha256:0"\n`,
    )
    home.write('.codex/config.toml', states.join(''))
    expect((await said(names))[1]).toBe('ok hooks codex: installed in ~')
  })

  it('B70 says what everybody can write to, above inboxes too, and how to end it', async () => {
    const project = 'projects/bob'
    const open = ['projects', 'code', project, `${project}/inbox`, '.config', `${STATE}/outbox`]
    for (const path of open) mkdirSync(join(home.path, path), { recursive: true })
    home.write(`${CONFIG}/peers.toml`, '[local]\nroots = ["~/code", "~/projects"]\n')
    for (const path of open) chmodSync(join(home.path, path), 0o777)
    const checks = (await examineHome(home)).filter(({ name }) => name === 'permissions')
    expect(checks.map(shown).sort()).toEqual(
      open
        .map(
          (path) =>
            `bad permissions: everybody can write to ~/${path} -> keep it to yourself: chmod go-w ~/${path}`,
        )
        .sort(),
    )
    for (const { remedy } of checks) spawnSync('sh', ['-c', remedy?.command ?? 'false'])
    expect(await said(/^permissions$/)).toEqual([
      'ok permissions: nobody else writes to inboxes, HALT or peers.toml',
    ])
  })

  itLong('B70 says what another user has, and what a home is that is not there', async ({ skip }) => {
    expect(await said(/^permissions$/, { env: { HOME: '/nonexistent' } })).toEqual([
      'bad permissions: /nonexistent is not there -> make it, or set HOME',
    ])
    if (!hasRoot) return skip()
    spawnSync('chown', ['12345', home.inbox('bob')])
    expect(await said(/^permissions$/)).toEqual([
      'bad permissions: ~/projects/bob/inbox/from-agents belongs to another user (12345) -> take it over, as root: chown 0 ~/projects/bob/inbox/from-agents',
    ])
  })

  it('B70 says what you yourself cannot read', async ({ skip }) => {
    if (hasRoot) return skip()
    chmodSync(home.inbox('bob'), 0)
    expect(await said(/^(permissions|mail)/)).toEqual([
      'bad permissions: you cannot read and write ~/projects/bob/inbox/from-agents -> give yourself the right: chmod u+rwx ~/projects/bob/inbox/from-agents',
      'bad mail for bob: ~/projects/bob/inbox/from-agents cannot be read: EACCES: permission denied -> make it a folder that you can read',
    ])
    chmodSync(home.inbox('bob'), 0o700)
    mkdirSync(join(home.path, CONFIG), { recursive: true })
    chmodSync(join(home.path, CONFIG), 0)
    expect((await said(/^brake$/))[0]).toBe(
      'bad brake: halted: ~/.config/cross-agent-comms/HALT may be there, and cannot be read -> let yourself look into that folder: ls -ld ~/.config/cross-agent-comms',
    )
    chmodSync(join(home.path, CONFIG), 0o700)
  })
})
