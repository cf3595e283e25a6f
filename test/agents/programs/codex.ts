import type { AgentProgram } from '../agent'

const ARCH = process.arch === 'arm64' ? 'aarch64' : 'x86_64'

export const codex: AgentProgram = {
  name: 'codex',
  title: 'Codex',
  program: `node_modules/@openai/codex-linux-${process.arch}/vendor/${ARCH}-unknown-linux-musl/bin/codex`,
  prepare(lab, url) {
    const trusted = lab.projects.map(
      (project) => `[projects.${JSON.stringify(lab.folder(project))}]\ntrust_level = "trusted"\n`,
    )
    lab.write('.codex/config.toml', `${SETTINGS.replace('URL', url)}${trusted.join('\n')}`)
    return { STUB_KEY: 'sk-test' }
  },
  once: (prompt) => ['exec', prompt],
  freely: ['--sandbox', 'workspace-write'],
  isReady: /^\s*›/m,
  wakes: true,
  quit: '/quit',
  async trust(terminal) {
    await terminal.shows(/Trust all and continue/i)
    await terminal.press('2')
    await terminal.press('Enter')
    await terminal.shows(/context left|\? for shortcuts/)
  },
}

const SETTINGS = `model = "gpt-5-codex"
model_provider = "stub"
check_for_update_on_startup = false

[model_providers.stub]
name = "stub"
base_url = "URL/v1"
wire_api = "responses"
env_key = "STUB_KEY"
request_max_retries = 0

[analytics]
enabled = false

`
