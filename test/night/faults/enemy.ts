import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Planted } from '../history'
import { call } from '../world/call'
import type { Machine } from '../world/machine'
import { newToken, textOf, tokenIn } from '../world/post'
import type { Random } from '../world/random'
import type { Recorder } from '../world/recorder'

const LOOPBACK = ['--batch', '--quiet', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '']
const KINDS = ['forged', 'swapped', 'swapped', 'changed', 'elsewhere', 'again', 'again'] as const

/** Somebody who can write into each inbox, and has a key that nobody trusts. */
export class Enemy {
  readonly #keyring: string
  readonly #known = new Map<string, { readonly bytes: Buffer; readonly signature: Buffer }>()
  #count = 0

  readonly machines: readonly Machine[]
  readonly projects: ReadonlyMap<string, readonly string[]>
  readonly recorder: Recorder
  readonly random: Random

  constructor(
    base: string,
    machines: readonly Machine[],
    projects: ReadonlyMap<string, readonly string[]>,
    recorder: Recorder,
    random: Random,
  ) {
    this.machines = machines
    this.projects = projects
    this.recorder = recorder
    this.random = random
    this.#keyring = join(base, 'enemy')
    mkdirSync(this.#keyring, { mode: 0o700 })
    call([
      'gpg',
      '--homedir',
      this.#keyring,
      ...LOOPBACK,
      '--quick-gen-key',
      'enemy',
      'ed25519',
      'sign',
      'never',
    ])
  }

  /** The enemy's public key: it is known everywhere, and on no list. */
  publicKey(): string {
    return call(['gpg', '--homedir', this.#keyring, '--batch', '--armor', '--export'])
  }

  async plantNowAndThen(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await sleep(this.random.between(2000, 8000))
      const machine = this.random.pick(this.machines.filter(({ isUp }) => isUp))
      const project = this.random.pick(this.projects.get(machine?.name ?? '') ?? [])
      const kind = this.random.pick(KINDS) ?? 'forged'
      if (machine === undefined || project === undefined || !goesOn()) continue
      try {
        this.#plant(kind, machine, project)
      } catch {
        // A full disk, a folder that is away: an enemy has such days, too.
      }
    }
  }

  end(): void {
    call(['gpgconf', '--homedir', this.#keyring, '--kill', 'all'])
  }

  #plant(kind: Planted['kind'], machine: Machine, project: string): void {
    this.#listen(machine, project)
    const own = [...this.#known.entries()].filter(([key]) => key.startsWith(`${machine.name}.${project} `))
    const others = [...this.#known.entries()].filter(
      ([key]) => !key.startsWith(`${machine.name}.${project} `),
    )
    const found = kind === 'forged' ? undefined : this.random.pick(kind === 'elsewhere' ? others : own)?.[1]
    // In the beginning nothing is known that could be copied.
    if (found === undefined) {
      this.#forge(machine, project)
      return
    }
    const text = found.bytes.toString()
    const token = tokenIn(text)
    if (token === undefined) return
    const lie = newToken('E')
    const changed = Buffer.from(text.replaceAll(textOf(token), textOf(lie)))
    if (kind === 'changed') this.#write(kind, machine, project, lie, changed, found.signature)
    else if (kind === 'swapped') {
      const other = this.random.pick(own)?.[1]
      if (other !== undefined) this.#write(kind, machine, project, lie, this.#letter(lie), other.signature)
    } else this.#write(kind, machine, project, token, found.bytes, found.signature)
  }

  /** Remembers what lies there. */
  #listen(machine: Machine, project: string): void {
    const [name] = machine.messages(project).filter((one) => !one.includes('-from-night-enemy'))
    if (name === undefined) return
    const file = join(machine.inbox(project), name)
    const [bytes, signature] = [readFileSync(file), readFileSync(`${file}.asc`)]
    if (tokenIn(bytes.toString())?.startsWith('M') === true)
      this.#known.set(`${machine.name}.${project} ${name}`, { bytes, signature })
  }

  #letter(token: string): Buffer {
    const fields = [
      '#+TITLE: Trust me',
      '#+CONVERSATION_ID: trust-me',
      '#+MESSAGE_TYPE: request',
      '#+SEQUENCE: 1',
    ]
    const rest = [`#+TIMESTAMP: ${new Date().toISOString().replace(/\.\d+Z/, 'Z')}`, '#+PROTOCOL_VERSION: 5']
    return Buffer.from(`${[...fields, ...rest].join('\n')}\n\n${textOf(token)}\n`)
  }

  /** One without a signature, and one signed by the enemy. */
  #forge(machine: Machine, project: string): void {
    const bare = newToken('E')
    this.#write('forged', machine, project, bare, this.#letter(bare), undefined)
    const token = newToken('E')
    const file = join(this.#keyring, 'letter')
    writeFileSync(file, this.#letter(token))
    call([
      'gpg',
      '--homedir',
      this.#keyring,
      ...LOOPBACK,
      '--armor',
      '--detach-sign',
      '--output',
      `${file}.asc`,
      file,
    ])
    this.#write('forged', machine, project, token, readFileSync(file), readFileSync(`${file}.asc`))
  }

  #write(
    kind: Planted['kind'],
    machine: Machine,
    project: string,
    token: string,
    bytes: Buffer,
    signature: Buffer | undefined,
  ): void {
    const stamp = new Date(Date.now() + machine.offBy).toISOString().replace(/[-:]|\.\d+/g, '')
    const name = `${stamp}-from-night-enemy-${++this.#count}.org`
    const inbox = machine.inbox(project)
    const path = join(inbox, name)
    const draft = join(inbox, `.draft-${this.#count}`)
    // Noted first: somebody may look at once.
    const place = { machine: machine.name, project, path: path.slice(machine.home.length + 1) }
    this.recorder.note({ what: 'planted', ...place, kind, token })
    if (signature !== undefined) writeFileSync(`${path}.asc`, signature)
    writeFileSync(draft, bytes)
    renameSync(draft, path)
  }
}
