import type { AgentProgram } from '../agent'
import { NO_REGISTRY } from '../model/model'

export const opencode: AgentProgram = {
  name: 'opencode',
  title: 'OpenCode',
  program: `node_modules/opencode-linux-${process.arch}/bin/opencode`,
  prepare(lab, url) {
    const settings = {
      $schema: 'https://opencode.ai/config.json',
      autoupdate: false,
      share: 'disabled',
      model: 'stub/stub',
      small_model: 'stub/stub',
      provider: {
        stub: {
          npm: '@ai-sdk/anthropic',
          name: 'Stub',
          options: { baseURL: `${url}/v1`, apiKey: 'sk-test' },
          models: { stub: { name: 'Stub', limit: { context: 100_000, output: 8_000 } } },
        },
      },
    }
    lab.write('.config/opencode/opencode.json', JSON.stringify(settings))
    // With any plugin it asks the registry for a package. Without an answer, each start takes minutes.
    const registry = `${url}${NO_REGISTRY}`
    lab.write('.npmrc', `registry=${registry}\nfetch-retries=0\n`)
    return {
      npm_config_registry: registry,
      npm_config_fetch_retries: '0',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    }
  },
  once: (prompt) => ['run', prompt],
  freely: [],
  isReady: /Ask anything/,
  wakes: true,
  quit: '/exit',
}
