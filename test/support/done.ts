import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach } from 'vitest'
import { sharedHome } from './own-home'

export const NAME = '20260101T000000Z-from-mill-talk.org'
export const LATER = NAME.replace('T000000', 'T000001')

/** A home with a key, for all tests of a file. Before each, the inbox of bob is empty; the commands run in it. */
export function homeForDone() {
  const home = sharedHome()
  const inbox = home.inbox('bob')
  beforeAll(() => home.makeKey())
  beforeEach(() => {
    for (const folder of ['projects', '.config', '.local', 'programs'])
      rmSync(join(home.path, folder), { recursive: true, force: true })
    mkdirSync(inbox, { recursive: true })
  })
  return {
    home,
    inbox,
    doneFolder: join(inbox, 'done'),
    finish: (...args: string[]) => home.run('recv', ['--done', ...args], { cwd: inbox }),
    recv: (path: string, ...args: string[]) => home.run('recv', [path, ...args], { cwd: inbox }),
  }
}
