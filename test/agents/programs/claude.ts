import type { AgentProgram } from '../agent'

const KEY = 'sk-test-0123456789abcdefghij'
/** Claude Code remembers keys by their ends. */
const KEY_END = 20

export const claude: AgentProgram = {
  name: 'claude',
  title: 'Claude Code',
  program: `node_modules/@anthropic-ai/claude-code-linux-${process.arch}/claude`,
  prepare(lab, url) {
    const trusted = { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true }
    const settings = {
      hasCompletedOnboarding: true,
      lastOnboardingVersion: '99.0.0',
      theme: 'dark',
      bypassPermissionsModeAccepted: true,
      customApiKeyResponses: { approved: [KEY.slice(-KEY_END)], rejected: [] },
      projects: Object.fromEntries(lab.projects.map((project) => [lab.folder(project), trusted])),
    }
    lab.write('.claude.json', JSON.stringify(settings))
    return {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: KEY,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    }
  },
  once: (prompt) => ['-p', prompt],
  freely: ['--dangerously-skip-permissions'],
  isReady: /^\s*❯/m,
  wakes: true,
  quit: '/exit',
}
