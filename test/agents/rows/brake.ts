import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from './row'

const REASON = 'the mill is on fire'

/** HALT stops what the agent does itself (C25). */
export const brakeRows: readonly Row[] = [
  {
    id: 'brake',
    title: 'under HALT its tools are refused with the reason, and run again after resume (`--brake`)',
    async check(lab, project) {
      const count = lab.model.asked.length
      const prompt = lab.model.plan(
        { act: { run: 'touch before' } },
        { before: () => lab.must('cross-agent-halt', [REASON]), act: { run: 'touch during' } },
        { before: () => lab.must('cross-agent-resume', []), act: { run: 'touch after' } },
        { act: { say: 'done' } },
      )
      try {
        await lab.once(project, prompt, lab.agent.freely)
      } finally {
        await lab.exec('cross-agent-resume', [])
      }
      const made = ['before', 'during', 'after'].filter((name) => existsSync(join(lab.folder(project), name)))
      const last = lab.model.asked.at(-1)?.newest.slice(-300)
      if (made.join() !== 'before,after') throw new Error(`it ran: ${made.join(', ')}; at the end: ${last}`)
      if (!lab.model.asked[count + 2]?.text.includes(REASON))
        throw new Error('the model was not told the reason')
      return undefined
    },
  },
]
