import type { Lab } from '../lab'
import { expectNotices, idleSession, noTurn, noticesSoFar, type Row, seconds } from './row'

const CANNOT = { gemini: 'Gemini CLI lets nothing begin a turn' }
/** Milliseconds. */
const SOON = 3_000

/** How mail begins a turn (C17, C23). */
export const wakingRows: readonly Row[] = [
  {
    id: 'idle',
    title: 'an idle session is woken within 3 s, once for each message',
    lacks: CANNOT,
    async check(lab, project) {
      await idleSession(lab, project)
      const first = await wake(lab, project)
      await noTurn(lab, 'for the same message')
      const second = await wake(lab, project)
      await noTurn(lab, 'for the same messages')
      return `${seconds(first)}, ${seconds(second)}`
    },
  },
  {
    id: 'unprompted',
    title: 'a session that was never prompted is woken',
    lacks: {
      ...CANNOT,
      codex: 'Codex runs no hook before the first prompt',
      opencode: 'OpenCode has no session before the first prompt',
    },
    async check(lab, project) {
      await lab.session(project)
      await noTurn(lab, 'without a prompt')
      return seconds(await wake(lab, project))
    },
  },
]

/** Milliseconds from the message's arrival to the request that tells of it. */
async function wake(lab: Lab, project: string): Promise<number> {
  const [count, notices] = [lab.model.asked.length, noticesSoFar(lab)]
  const arrived = await lab.mail(project)
  const { at, notices: told } = await lab.model.request(count, 'a turn', 20_000)
  expectNotices(told - notices, 1, 'the turn')
  if (at - arrived > SOON) throw new Error(`woken after ${seconds(at - arrived)}`)
  return at - arrived
}
