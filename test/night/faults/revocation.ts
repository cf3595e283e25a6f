import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Town } from '../agents/town'
import type { Machine } from '../world/machine'
import type { Recorder } from '../world/recorder'

/** A key that is revoked in the night, on all machines. */
export class Revocation {
  readonly #certificate: string

  readonly owner: Machine
  readonly machines: readonly Machine[]
  readonly town: Town
  readonly recorder: Recorder

  constructor(owner: Machine, machines: readonly Machine[], town: Town, recorder: Recorder) {
    this.owner = owner
    this.machines = machines
    this.town = town
    this.recorder = recorder
    const made = join(owner.home, '.gnupg/openpgp-revocs.d', `${town.doomed.key}.rev`)
    // gpg puts a colon there, so that nobody imports it by mistake.
    this.#certificate = readFileSync(made, 'utf8').replace(/^:/m, '')
  }

  /** Revokes the key after so many milliseconds. It is over when all machines know it. */
  async happen(after: number): Promise<void> {
    await sleep(after)
    const { doomed } = this.town
    // Nobody signs with it from now on.
    doomed.isRevoked = true
    const at = this.recorder.now()
    for (const machine of this.machines) {
      const file = join(machine.system, 'revoked.asc')
      writeFileSync(file, this.#certificate)
      while (!(await this.#isRevokedOn(machine, file))) await sleep(500)
    }
    this.recorder.note(
      { what: 'fault', fault: 'key revoked', machine: this.owner.name, detail: doomed.key },
      at,
    )
  }

  async #isRevokedOn(machine: Machine, file: string): Promise<boolean> {
    if (!machine.isUp) return false
    await machine.run(['gpg', '--batch', '--quiet', '--import', file])
    const { stdout } = await machine.run([
      'gpg',
      '--batch',
      '--with-colons',
      '--list-keys',
      this.town.doomed.key,
    ])
    if (!/^pub:r:/m.test(stdout)) return false
    // A power cut does not take it back.
    machine.disk.flush()
    return true
  }
}
