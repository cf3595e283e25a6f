import type { Paths } from '@cac/core/fs/paths'
import { Failure } from '../command/failure'
import { type Halt, haltMessage, readHalt } from './halt'

/** HALT as one run sees it: once set, it stays set until the end, so that nothing is decided (contract B37). */
export interface Brake {
  isSet(): boolean
  /** Throws Failure where it is set. */
  check(): void
}

export function makeBrake(paths: Paths): Brake {
  let halt: Halt
  const read = () => {
    halt ??= readHalt(paths)
    return halt
  }
  return {
    isSet: () => read() !== undefined,
    check() {
      const found = read()
      if (found === undefined) return
      const message = haltMessage(
        'halt active; leaving inbound message in place (resume will pick up)',
        found,
      )
      throw new Failure('halted', { what: message })
    },
  }
}
