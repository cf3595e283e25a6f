import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { destination, newToken, pickReceiver, textOf, tokenIn } from '../world/post'
import type { Hands } from './hands'

/** An agent that has only the original scripts: asks about each file, and moves it away by itself. */
export async function runScriptAgent(hands: Hands): Promise<void> {
  const { session, town, random } = hands
  for (let number = 1; !session.isOver && town.phase !== 'end'; number++) {
    for (const name of session.machine.messages(session.project)) await receive(hands, name)
    if (town.phase === 'night' && random.chance(0.5)) await send(hands, number)
    await sleep(random.between(1000, 5000))
  }
}

async function receive({ session, town }: Hands, name: string): Promise<void> {
  const inbox = session.machine.inbox(session.project)
  const file = join(inbox, name)
  const { exit } = await session.run('recv', [file])
  if (session.isOver || exit === null || exit > 3) return
  try {
    const text = readFileSync(file, 'utf8')
    const token = tokenIn(text)
    // First moved, then handled: what could not be moved is seen again.
    moveTo(join(inbox, exit <= 1 ? 'done' : 'aside'), inbox, name)
    const { machine, project } = session
    const conversation = /^#\+CONVERSATION_ID: (.*)$/m.exec(text)?.[1] ?? ''
    const place = { machine: machine.name, project, session: session.name }
    if (exit === 0 && token !== undefined)
      town.recorder.note({ what: 'handled', ...place, token, conversation, file })
  } catch {
    // The folder has gone away, the disk is full: it is seen again later.
  }
}

function moveTo(folder: string, inbox: string, name: string): void {
  mkdirSync(folder, { recursive: true })
  // A forged message has none.
  if (existsSync(join(inbox, `${name}.asc`)))
    renameSync(join(inbox, `${name}.asc`), join(folder, `${name}.asc`))
  renameSync(join(inbox, name), join(folder, name))
}

async function send({ session, town, own, random }: Hands, number: number): Promise<void> {
  const to = pickReceiver(own, town.households, random)
  const token = newToken()
  const conversation = `old-${own.project}-${to.project}-${random.below(3)}`
  const header = [
    `#+TITLE: From ${own.project}`,
    `#+CONVERSATION_ID: ${conversation}`,
    '#+MESSAGE_TYPE: request',
    `#+SEQUENCE: ${number}`,
    `#+TIMESTAMP: ${new Date(Date.now() + session.machine.offBy).toISOString().replace(/\.\d+Z/, 'Z')}`,
    '#+PROTOCOL_VERSION: 5',
  ]
  const file = join(session.machine.home, 'tmp', `${token}.org`)
  try {
    writeFileSync(file, `${header.join('\n')}\n\n${textOf(token)}\n`)
  } catch {
    return
  }
  const from = { machine: session.machine.name, project: session.project }
  town.recorder.note({
    what: 'intended',
    token,
    session: session.name,
    from,
    to,
    conversation,
    type: 'request',
    byDoomedKey: false,
  })
  await session.run('send', [destination(session.machine, to), file, '--retries', '0'], { token })
}
