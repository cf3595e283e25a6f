import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest'
import { Lab } from './lab'
import { claude } from './programs/claude'
import { codex } from './programs/codex'
import { gemini } from './programs/gemini'
import { opencode } from './programs/opencode'
import { brakeRows } from './rows/brake'
import { endRows } from './rows/ends'
import { noticeRows } from './rows/notices'
import { oneShotRow } from './rows/one-shot'
import type { Row } from './rows/row'
import { unattendedRows } from './rows/unattended'
import { wakingRows } from './rows/waking'

/**
 * Given by scripts/test-agents.mjs: names with commas; the folder with the installed agents; the folder for
 * results.json, and for the requests of rows that failed.
 */
const { AGENTS = '', AGENTS_PROGRAMS = '', AGENTS_RESULTS = '' } = process.env
const results: { agent: string; row: string; mark: string; note: string }[] = []

describe.each([claude, codex, gemini, opencode].filter(({ name }) => AGENTS.split(',').includes(name)))(
  '$title',
  (agent) => {
    let lab: Lab
    const rows: readonly Row[] = [
      ...noticeRows,
      ...wakingRows,
      ...unattendedRows,
      ...brakeRows,
      oneShotRow,
      ...endRows,
    ]

    beforeAll(async () => {
      lab = await Lab.open(
        agent,
        AGENTS_PROGRAMS,
        rows.map(({ id }) => id),
      )
      await lab.installHooks()
    })
    beforeEach(() => lab.model.asked.splice(0))
    afterEach(() => lab.endAgents())
    afterAll(() => lab.close())

    for (const row of rows) {
      const lacks = row.lacks?.[agent.name]
      const report = (mark: string, note: string) => {
        results.push({ agent: agent.name, row: row.title, mark, note })
        // Each time, so that a run which is broken off leaves what it found.
        writeFileSync(join(AGENTS_RESULTS, 'results.json'), JSON.stringify(results))
      }
      if (lacks !== undefined) report('–', lacks)
      it.skipIf(lacks !== undefined)(row.title, async () => {
        try {
          report('✓', (await row.check(lab, row.id)) ?? '')
        } catch (error) {
          const sent = JSON.stringify(lab.model.asked, undefined, 1)
          writeFileSync(join(AGENTS_RESULTS, `${agent.name}-${row.id}.json`), sent)
          report('✗', error instanceof Error ? error.message : String(error))
          throw error
        }
      })
    }
  },
)
