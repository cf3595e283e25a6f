import type { Breach, FileLeft, MachineLeft } from '../history'
import { hadKill, hasScripts } from './asking'
import { brakeAt } from './halts'
import { isTakeName } from './kept-claims'
import { type Excuse, KNOWN_FILES } from './known-files'
import { IN_INBOX, isMessageName } from './lying'
import { fileKey, type Index, placeKey } from './night-index'
import { nameIn } from './outward'

const HALT = '.config/cross-agent-comms/HALT'
const SIGNATURE = '.asc'

/** Promise 6: nothing is left but what SECURITY.md names, and no process of ours lives. */
export function nothingLeft(index: Index): Breach[] {
  const hadFaults =
    index.faults.size > 0 || index.commands.some(({ exit, hook }) => exit === null && hook === undefined)
  return index.night.machines.flatMap((machine) => {
    const excuses = new Set<Excuse>(['none'])
    if (hadKill(index, machine.name)) excuses.add('kill')
    if (hadFaults) excuses.add('fault')
    return new LeftOn(index, machine, excuses).breaches()
  })
}

class LeftOn {
  readonly #index: Index
  readonly #machine: MachineLeft
  readonly #excuses: ReadonlySet<Excuse>
  readonly #paths: ReadonlySet<string>

  constructor(index: Index, machine: MachineLeft, excuses: ReadonlySet<Excuse>) {
    this.#index = index
    this.#machine = machine
    this.#excuses = excuses
    this.#paths = new Set(machine.files.map(({ path }) => path))
  }

  breaches(): Breach[] {
    const { name, files, processes } = this.#machine
    const alive = processes.map((words) =>
      this.#breach(`no process of ours may live, but on ${name} there is ${words}`),
    )
    return [...alive, ...files.flatMap((file) => this.#ofFile(file))]
  }

  #ofFile(file: FileLeft): Breach[] {
    const problem = this.#problem(file)
    if (problem === undefined) return []
    const text = `nothing may be left but what SECURITY.md names, but in ${this.#machine.name}:${file.path} there is ${problem}`
    return [this.#breach(text, file.token)]
  }

  #breach(text: string, token?: string): Breach {
    return { promise: 6, text, ...(token === undefined ? {} : { token }) }
  }

  #problem(file: FileLeft): string | undefined {
    if (file.path === HALT) return this.#problemOfHalt()
    const [, project, folder, name = ''] = IN_INBOX.exec(file.path) ?? []
    if (project !== undefined) {
      const key = fileKey(placeKey(this.#machine.name, project), name)
      if (isTakeName(name) && folder === undefined) return undefined
      if (isMessageName(name)) return this.#problemOfMessage(file, key)
      if (isMessageName(name.slice(0, -SIGNATURE.length)) && name.endsWith(SIGNATURE))
        return this.#problemOfSignature(file.path, folder)
    }
    return this.#problemOfOther(file.path)
  }

  #problemOfHalt(): string | undefined {
    const brake = brakeAt(this.#index, this.#machine.name, Number.POSITIVE_INFINITY)
    return brake === 'free' ? 'a HALT, though it was resumed' : undefined
  }

  /** Always whole, and with its signature. Of what the enemy planted, and the scripts moved, nobody promises that. */
  #problemOfMessage({ path, token, size }: FileLeft, key: string): string | undefined {
    const { name } = this.#machine
    if (this.#index.plantedFiles.has(key) || hasScripts(this.#index, name)) return undefined
    if (this.#mayBeOfScripts(token)) return undefined
    if (token === undefined || size === 0) return 'a message that is not whole'
    return this.#paths.has(path + SIGNATURE) ? undefined : 'a message without its signature'
  }

  /** What they sent, a power cut may have damaged: then nobody knows whose it is. */
  #mayBeOfScripts(token: string | undefined): boolean {
    const from = this.#index.intended.get(token ?? '')?.from.machine
    if (from !== undefined) return hasScripts(this.#index, from)
    return this.#index.night.machines.some(({ kind }) => kind === 'script')
  }

  #problemOfSignature(path: string, folder: string | undefined): string | undefined {
    if (this.#paths.has(path.slice(0, -SIGNATURE.length)) || this.#isPlanted(path)) return undefined
    const excuse: Excuse = folder === undefined ? 'fault' : 'kill'
    return this.#excuses.has(excuse) || this.#machine.kind === 'script'
      ? undefined
      : 'a signature without its message'
  }

  #isPlanted(path: string): boolean {
    const project = IN_INBOX.exec(path)?.[1]
    const name = nameIn(path).slice(0, -SIGNATURE.length)
    return this.#index.plantedFiles.has(fileKey(placeKey(this.#machine.name, project), name))
  }

  #problemOfOther(path: string): string | undefined {
    const found = KNOWN_FILES.filter(
      ({ form, on }) => form.test(path) && (on === undefined || on === this.#machine.kind),
    )
    if (found.length === 0) return 'a file that nobody knows'
    if (found.some(({ excuse }) => this.#excuses.has(excuse))) return undefined
    return found.some(({ excuse }) => excuse === 'kill')
      ? 'something that only a kill may leave, and nothing was killed'
      : 'something that only a failed send may leave, and none failed'
  }
}
