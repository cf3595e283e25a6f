import { expect, it } from 'vitest'
import { projectOf } from './project'

it.each([
  ['/home/u/projects/p/inbox/from-agents/', 'p', 'p'],
  ['/home/u/projects/p', 'p', 'p'],
  ['/srv/w/p/inbox/from-agents', 'p', 'p'],
  ['x/inbox/from-agents', 'x', 'x'],
  ['/srv/w/p/mail/new', 'w', 'mail'],
  ['/from-agents', '', ''],
])('B31 project of %s', (inbox, inStatus, inWatch) => {
  expect(projectOf(inbox, '/home/u', 3)).toBe(inStatus)
  expect(projectOf(inbox, '/home/u', 1)).toBe(inWatch)
})
