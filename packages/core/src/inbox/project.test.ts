import { expect, it } from 'vitest'
import { projectOf } from './project'

it.each([
  ['/home/u/projects/p/inbox/from-agents/', 'p'],
  ['/srv/w/p/inbox/from-agents', 'w'],
  ['/from-agents', ''],
  ['x/inbox/from-agents', ''],
])('project of %s', (inbox, project) => {
  expect(projectOf(inbox, '/home/u')).toBe(project)
})
