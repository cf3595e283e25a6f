const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Holds signals back until a command has cleaned up. After its next step, the command sees that `signal` is set, gives
 * up and cleans up. Then `release` lets the signal end the process as usual.
 */
export interface Interruption {
  readonly signal: NodeJS.Signals | undefined
  /** Calls `listener` when a signal arrives. Returns a function that removes it. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void
  /** Throws when a signal has arrived. */
  check(): void
  /** Resolves when a signal that came before, also during synchronous work, is noticed. */
  arrive(): Promise<void>
  /** Lets signals end the process again: one that came before ends it now, or as soon as it is noticed. */
  release(): void
}

/** Thrown by `check`. The owner of the interruption then ends the process with `release`. */
export class Interrupted extends Error {}

const holders = new Set<(signal: NodeJS.Signals) => void>()

/** One listener for all holders: node warns of eleven. */
function hear(signal: NodeJS.Signals): void {
  for (const receive of [...holders]) receive(signal)
}

export function holdSignals(): Interruption {
  let received: NodeJS.Signals | undefined
  const listeners = new Set<(signal: NodeJS.Signals) => void>()
  const receive = (signal: NodeJS.Signals) => {
    received ??= signal
    for (const listener of listeners) listener(signal)
  }
  if (holders.size === 0) for (const signal of SIGNALS) process.on(signal, hear)
  holders.add(receive)
  const stop = () => {
    if (holders.delete(receive) && holders.size === 0) for (const signal of SIGNALS) process.off(signal, hear)
  }
  const end = (signal: NodeJS.Signals) => {
    stop()
    process.kill(process.pid, signal)
  }
  return {
    get signal() {
      return received
    },
    onSignal(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    check() {
      if (received !== undefined) throw new Interrupted(received)
    },
    arrive,
    release() {
      listeners.clear()
      if (received !== undefined) return end(received)
      // Without a listener, node would drop a signal that it has not noticed yet.
      listeners.add(end)
      void arrive().then(stop)
    },
  }
}

/** Node looks for signals when it looks for input, which it may have done just before: the second turn is after it. */
async function arrive(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate)
}

/** An interruption that also occurs when the time is up. Then `check` throws the system's ETIMEDOUT. */
export function withTimeLimit(interruption: Interruption, milliseconds: number): Interruption {
  let isOver = false
  const listeners = new Set<(signal: NodeJS.Signals) => void>()
  const timer = setTimeout(() => {
    isOver = true
    for (const listener of listeners) listener('SIGTERM')
  }, milliseconds)
  return {
    get signal() {
      return interruption.signal ?? (isOver ? 'SIGTERM' : undefined)
    },
    onSignal(listener) {
      listeners.add(listener)
      const stop = interruption.onSignal(listener)
      // Work that begins after the limit ends at once.
      if (isOver) queueMicrotask(() => listeners.has(listener) && listener('SIGTERM'))
      return () => {
        listeners.delete(listener)
        stop()
      }
    },
    check() {
      interruption.check()
      if (!isOver) return
      const minutes = Math.round(milliseconds / 60_000)
      throw Object.assign(new Error(`ETIMEDOUT: no end within ${minutes} min, send`), { code: 'ETIMEDOUT' })
    },
    arrive: () => interruption.arrive(),
    release() {
      clearTimeout(timer)
    },
  }
}
