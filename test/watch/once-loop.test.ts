import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { outcomeOf } from '../support/home'
import { isLong, LONGER } from '../support/long'
import { sharedHome } from '../support/own-home'

/** How many messages come; more by hand. */
const MESSAGES = 40

/** Waits, reads, handles by adding a line to a file, finishes; ends after the message that says so. */
const LOOP = `
while cross-agent-watch --once --here > /dev/null; do
  cross-agent-recv --next > shown || exit 9
  sed '1,/^$/d' shown >> handled
  cross-agent-recv --done "$(sed -n 's/^file: //p' shown)" > /dev/null || exit 8
  ! grep -q '^end$' handled || exit 0
done`

describe.runIf(isLong)('C5 a loop of --once, --next and --done', LONGER, () => {
  const home = sharedHome()
  beforeAll(async () => {
    for (const project of ['mill', 'bakery'])
      mkdirSync(join(home.path, 'projects', project), { recursive: true })
    mkdirSync(home.programs, { recursive: true })
    for (const command of ['watch', 'recv'])
      symlinkSync(binOf(command), join(home.programs, `cross-agent-${command}`))
    await home.makeKey()
  })

  it('misses none that come at any moment, and handles none twice', LONGER, async () => {
    const bakery = join(home.path, 'projects/bakery')
    const ended = outcomeOf(home.spawn('sh', ['-c', LOOP], { cwd: bakery }))
    const send = (text: string) =>
      home.run('send', ['bakery', '-m', text, '--title', 'talk'], { cwd: join(home.path, 'projects/mill') })
    for (let number = 1; number <= MESSAGES; number++) {
      expect((await send(`message ${number}`)).exitCode).toBe(0)
      await sleep(Math.random() * 200)
    }
    expect((await send('end')).exitCode).toBe(0)
    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' })
    const numbers = Array.from({ length: MESSAGES }, (_, index) => `message ${index + 1}`)
    const handled = readFileSync(join(bakery, 'handled'), 'utf8').trimEnd().split('\n')
    expect(handled.sort()).toEqual([...numbers, 'end'].sort())
    const left = readdirSync(home.inbox('bakery')).filter((name) => name.endsWith('.org'))
    expect(left).toEqual([])
    expect(existsSync(join(home.inbox('bakery'), 'done'))).toBe(true)
  })
})
