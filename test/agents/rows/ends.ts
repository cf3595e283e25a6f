import { until } from '../../support/until'
import type { Lab } from '../lab'
import type { Terminal } from '../terminal'
import { idleSession, noTurn, type Row } from './row'

/** Milliseconds in which a waiter notices that its session is gone. */
const SOON = 5_000

/** How a session ends, and what remains of it (B77). */
export const endRows: readonly Row[] = [
  ended('quit', 'after /exit', async (lab, terminal) => {
    await terminal.type(lab.agent.quit)
  }),
  // A terminal that closes hangs up its whole process group. Gemini CLI relies on that: its first process ignores SIGHUP.
  ended('hangup', 'after SIGHUP', async (_, terminal) => {
    process.kill(-(await terminal.pid()), 'SIGHUP')
  }),
  ended('kill', 'after SIGKILL', async (_, terminal) => {
    process.kill(await terminal.pid(), 'SIGKILL')
  }),
]

function ended(id: string, when: string, end: (lab: Lab, terminal: Terminal) => Promise<void>): Row {
  return {
    id,
    title: `${when}, no process of ours is left after 5 s, and mail begins no turn`,
    async check(lab, project) {
      const terminal = await idleSession(lab, project)
      const pid = await terminal.pid()
      await end(lab, terminal)
      await until(() => lab.processes().every((one) => one.pid !== pid), 'the end of the session', 20_000)
      await until(() => lab.ours().length === 0, 'the end of ours', SOON).catch(() => {
        throw new Error(`left running: ${lab.ours().join(', ')}`)
      })
      await lab.mail(project)
      await noTurn(lab, 'after the end')
      return undefined
    },
  }
}
