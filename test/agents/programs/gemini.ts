import type { AgentProgram } from '../agent'

export const gemini: AgentProgram = {
  name: 'gemini',
  title: 'Gemini CLI',
  program: 'node_modules/@google/gemini-cli/bundle/gemini.js',
  prepare(lab, url) {
    const settings = {
      security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
      general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
      privacy: { usageStatisticsEnabled: false },
      model: { name: 'gemini-2.5-flash' },
    }
    lab.write('.gemini/settings.json', JSON.stringify(settings))
    return { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'sk-test' }
  },
  once: (prompt) => ['-p', prompt],
  freely: ['--yolo'],
  isReady: /Type your message/,
  wakes: false,
  quit: '/quit',
}
