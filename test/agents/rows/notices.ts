import { answer, expectNotices, idleSession, noTurn, noticesSoFar, type Row } from './row'

/** When a session is told of mail (C17, C23). */
export const noticeRows: readonly Row[] = [
  {
    id: 'start',
    title: 'mail from before the session is told once, in the first request',
    async check(lab, project) {
      await lab.mail(project)
      const count = lab.model.asked.length
      await answer(lab, await lab.session(project), 'first-answer')
      expectNotices(lab.model.asked[count]?.notices ?? 0, 1, 'the first request')
      expectNotices(noticesSoFar(lab), 1, 'the last request')
      return undefined
    },
  },
  {
    id: 'prompt',
    title: 'mail that wakes nobody is told with the next prompt',
    async check(lab, project) {
      const terminal = await idleSession(lab, project)
      await lab.mail(project, '--type', 'progress')
      await noTurn(lab, 'after a message of type progress')
      const count = lab.model.asked.length
      await answer(lab, terminal, 'second-answer')
      expectNotices(lab.model.asked[count]?.notices ?? 0, 1, 'the request after it')
      return undefined
    },
  },
  {
    id: 'turn-end',
    title: 'mail during a turn is told once, when the turn ends',
    async check(lab, project) {
      const terminal = await lab.session(project)
      const count = lab.model.asked.length
      await terminal.type(
        lab.model.plan(
          { before: () => lab.mail(project), act: { say: 'turn-over' } },
          { act: { say: 'told' } },
        ),
      )
      const next = await lab.model.request(count + 1, 'the request that tells of it', 20_000)
      expectNotices(next.notices, 1, 'the next request')
      await noTurn(lab, 'although it was told')
      return undefined
    },
  },
  {
    id: 'escape',
    title: 'after Esc, nothing is told twice',
    async check(lab, project) {
      const terminal = await idleSession(lab, project)
      const count = lab.model.asked.length
      const interrupt = async () => {
        await lab.mail(project)
        await terminal.press('Escape')
        // OpenCode asks for it twice.
        if (lab.agent.name === 'opencode') await terminal.press('Escape')
      }
      await terminal.type(lab.model.plan({ before: interrupt, act: { say: 'cut-off' } }))
      await lab.model.request(count, 'the request that is broken off')
      // Mail may begin a turn even so, for the session is idle: one, not two.
      await noTurn(lab, '').catch(() => noTurn(lab, 'after Esc'))
      await answer(lab, terminal, 'after-escape')
      expectNotices(noticesSoFar(lab), 1, 'the requests after it')
      return undefined
    },
  },
]
