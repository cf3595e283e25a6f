// @ts-check
/** The page that says what holds with which agent. */
import { tableLine } from './bench/report.mjs'

/**
 * @typedef {object} Result
 * @property {string} agent
 * @property {string} row
 * @property {string} mark ✓, ✗ or –
 * @property {string} note A figure, or a reason.
 */

/** @type {Record<string, string>} */
const TITLES = { claude: 'Claude Code', codex: 'Codex', gemini: 'Gemini CLI', opencode: 'OpenCode' }

/**
 * @param {readonly Result[]} results
 * @param {Record<string, { version: string }>} programs
 * @param {string} date
 */
export function agentsPage(results, programs, date) {
  const agents = Object.keys(programs)
  const rows = [...new Set(results.map(({ row }) => row))]
  const head = ['', ...agents.map((agent) => `${TITLES[agent]} ${programs[agent]?.version}`), 'Cursor']
  /** @type {string[]} */
  const notes = []
  /** @param {string} agent @param {string} row */
  const cell = (agent, row) => {
    const { mark = 'not run', note = '' } =
      results.find((one) => one.agent === agent && one.row === row) ?? {}
    if (mark === '✓' || note === '') return `${mark} ${note}`.trim()
    if (!notes.includes(note)) notes.push(note)
    return `${mark} (${notes.indexOf(note) + 1})`
  }
  const lines = rows.map((row) => [row, ...agents.map((agent) => cell(agent, row)), 'played'])
  const table = [head, head.map(() => '---'), ...lines].map(tableLine).join('\n')
  const list = notes.map((note, at) => `${at + 1}. ${plain(note)}`).join('\n')
  return `# Tested with real agents

Written by \`npm run test:agents\` on ${date}. Each agent's own program ran on Linux, with the hooks of
\`cross-agent-watch --hook AGENT --install --allow --brake\`. A server without a model gave it its answers. A figure is
how long it took to wake the session, or how much longer a one-shot run took with the hooks than without (medians of
five pairs of runs).

✓ holds, ✗ does not, – cannot be had with this agent. On a busy machine all figures grow. Cursor's program needs an
account, so Cursor is only played: our tests give the hooks what it sends, as it was recorded or documented.

${table}
${list === '' ? '' : `\n${list}\n`}`
}

/** One line, nothing of which is markup. @param {string} text */
const plain = (text) => `\`${text.replace(/\s+/g, ' ').replaceAll('`', "'").slice(0, 300)}\``
