import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../support/until'
import { type Lab, SENDER } from '../lab'
import { answer, idleSession, type Row } from './row'

/** What an agent does by itself with its own shell tool, in its own sandbox (C21, C26). */
export const unattendedRows: readonly Row[] = [
  {
    id: 'unattended',
    title: 'with nobody there, it reads, answers and finishes a message (`--allow`)',
    async check(lab, project) {
      const steps = [
        'cross-agent-recv --next --take',
        'cross-agent-send --reply-to FILE -m Yes',
        'cross-agent-recv --done FILE',
      ]
      const inbox = lab.inbox(project)
      const file = (request: string) => {
        const after = request.slice(request.lastIndexOf(`${inbox}/`))
        return /^[^\s"'\\]+\.org/.exec(after)?.[0] ?? 'FILE'
      }
      lab.model.onNotice(
        ...steps.map((step) => ({
          act: (request: string) => ({ run: step.replace('FILE', file(request)) }),
        })),
      )
      if (lab.agent.wakes) {
        await idleSession(lab, project)
        await lab.mail(project)
      } else {
        await lab.mail(project)
        await answer(lab, await lab.session(project), '').catch(() => {})
      }
      const isDone = () => names(lab, project, 'done').length === 1
      await until(isDone, 'the end of the message', 60_000).catch((error: Error) => {
        throw new Error(`${error.message}: ${told(lab)}`)
      })
      const [reply = ''] = names(lab, SENDER, '')
      await lab.must('cross-agent-recv', [join(lab.inbox(SENDER), reply)], SENDER)
      return undefined
    },
  },
]

/** The messages in a folder of an inbox. */
function names(lab: Lab, project: string, folder: string): string[] {
  try {
    return readdirSync(join(lab.inbox(project), folder)).filter((name) => /^\d.*\.org$/.test(name))
  } catch {
    return []
  }
}

/** The end of what the agent sent last says why it did not go on. */
const told = (lab: Lab) => lab.model.asked.at(-1)?.newest.slice(-500) ?? 'no request'
