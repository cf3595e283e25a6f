import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { examineHome, type Finding } from '../support/doctor'
import { Home } from '../support/home'
import { itLong } from '../support/long'
import { hasRoot } from '../support/root'

const home = new Home()
const program = join(home.programs, 'cross-agent-watch')
const claude = join(home.path, '.claude/settings.json')

afterAll(() => home.remove())
beforeEach(() => {
  for (const name of ['.claude', '.codex', '.local', 'programs'])
    rmSync(join(home.path, name), { recursive: true, force: true })
  mkdirSync(home.programs)
  symlinkSync(binOf('watch'), program)
  mkdirSync(home.inbox('bakery'), { recursive: true })
})

const install = (...args: string[]) => {
  const { status } = spawnSync(program, ['--hook', ...args, '--install'], { env: home.env })
  expect(status).toBe(0)
}
const hooks = async () => {
  const checks = (await examineHome(home)).filter(({ name }) => name.startsWith('hooks'))
  return checks.map(({ state, said }) => `${state}: ${said}`.replaceAll(home.path, '~'))
}

it('C25 C26 says which agents have the brake and rules', async () => {
  install('claude')
  expect(await hooks()).toEqual(['ok: installed in ~'])
  install('claude', '--brake')
  expect(await hooks()).toEqual(['ok: installed in ~, with the brake'])
  install('claude', '--allow')
  expect(await hooks()).toEqual(['ok: installed in ~, with the brake and rules'])
})

it('runs the hooks as an agent would, and says why one fails', async () => {
  install('claude')
  const broken = home.write('programs/node', '#!/bin/sh\necho "node: no such library" >&2\nexit 127\n', 0o755)
  writeFileSync(claude, readFileSync(claude, 'utf8').replaceAll(process.execPath, broken))
  expect(await hooks()).toEqual([
    'bad: those in ~ do not run where an agent runs them: node: no such library',
  ])
})

it('runs nothing that a cloned repository brings', async () => {
  const project = join(home.path, 'projects/bakery')
  const run = (...args: string[]) =>
    spawnSync(program, ['--hook', 'claude', ...args], { env: home.env, cwd: project })
  expect(run('--install', '--brake', '--project', project).status).toBe(0)
  const settings = join(project, '.claude/settings.json')
  const good = readFileSync(settings, 'utf8')
  const evil = home.write('projects/bakery/node', `#!/bin/sh\ntouch '${home.path}/PWNED'\n`, 0o755)
  for (const text of [
    good.replaceAll(process.execPath, evil),
    good.replaceAll(program, evil.replace(/node$/, 'cross-agent-watch')).replaceAll(process.execPath, evil),
    good.replaceAll('--hook claude"', '--hook claude --install --allow"'),
  ]) {
    expect(text).not.toBe(good)
    writeFileSync(settings, text)
    await examineHome(home, { cwd: project })
    run('--check', '--project', project)
    expect(existsSync(join(home.path, 'PWNED'))).toBe(false)
    expect(readFileSync(settings, 'utf8')).toBe(text)
    expect(existsSync(claude)).toBe(false)
  }
  rmSync(join(project, '.claude'), { recursive: true })
})

itLong('the node of the hooks is gone: they are to be installed again', async () => {
  install('claude')
  writeFileSync(claude, readFileSync(claude, 'utf8').replaceAll(process.execPath, '/gone/node'))
  expect((await hooks())[0]).toMatch(/^bad: ~\/.claude\/settings.json is of another version, or runs another/)
})

itLong("C6 says if Codex's shell would not find the commands, and its line mends that", async () => {
  symlinkSync(binOf('recv'), join(home.programs, 'cross-agent-recv'))
  const profile = home.write('.bash_profile', 'echo Welcome; PATH=/usr/bin:/bin\n')
  const ofCodex = async () => (await examineHome(home)).filter(({ name }) => name === 'hooks codex')
  expect(await ofCodex()).toEqual([])
  install('codex')
  const [, fault] = await ofCodex()
  expect(fault).toMatchObject({
    state: 'bad',
    said: 'Codex runs commands by bash -lc, which does not find cross-agent-recv: ~/.bash_profile or /etc/profile sets another PATH',
  })
  spawnSync('sh', ['-c', fault?.remedy?.command ?? 'false'], { env: home.env })
  expect((await ofCodex()).map(({ state }) => state)).not.toContain('bad')
  rmSync(profile)
})

it.runIf(hasRoot)('C26 from inside a sandbox it says what is missing, and the remedy', async () => {
  home.makeKeyring()
  expect((await examineHome(home)).filter(({ name }) => name === 'sandbox')).toEqual([])
  const line = `
    for folder in "$HOME/projects" "$GNUPGHOME"; do mount --bind "$folder" "$folder"; mount -o remount,ro,bind "$folder"; done
    exec "$@"`
  const words = ['--mount', 'sh', '-c', line, 'sh', process.execPath, binOf('status'), '--doctor', '--json']
  const env = { ...home.env, CODEX_SANDBOX_NETWORK_DISABLED: '1' }
  const { stdout, stderr } = spawnSync('unshare', words, { env, encoding: 'utf8' })
  expect(stderr).toBe('')
  const { checks }: { checks: Finding[] } = JSON.parse(stdout)
  expect(checks.find(({ name }) => name === 'sandbox')).toEqual({
    name: 'sandbox',
    state: 'bad',
    said: `this shell cannot do everything: signing (gpg-agent's socket is refused); inboxes (${home.inbox('bakery')}/ cannot be written to)`,
    remedy: {
      words:
        'let codex run our commands outside its sandbox: run this in a terminal of yours, and start the agent again',
      command: 'cross-agent-watch --hook codex --install --allow',
    },
  })
})
