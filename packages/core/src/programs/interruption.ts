const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Signals held back while something must be cleaned up: the command sees `signal` set after its next step,
 * gives up, cleans up, and `release` lets the signal end the process as it would have.
 */
export interface Interruption {
  readonly signal: NodeJS.Signals | undefined
  /** Calls back when a signal arrives; returns the function that ends this. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void
  /** Throws when a signal has arrived. */
  check(): void
  release(): void
}

/** Thrown by `check`; whoever holds the interruption turns it into the end of the process by `release`. */
export class Interrupted extends Error {}

export function holdSignals(): Interruption {
  let received: NodeJS.Signals | undefined
  const listeners = new Set<(signal: NodeJS.Signals) => void>()
  const receive = (signal: NodeJS.Signals) => {
    received ??= signal
    for (const listener of listeners) listener(signal)
  }
  for (const signal of SIGNALS) process.on(signal, receive)
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
    release() {
      for (const signal of SIGNALS) process.off(signal, receive)
      if (received !== undefined) process.kill(process.pid, received)
    },
  }
}

/** An interruption that also comes by itself, when the time is up: then `check` throws the system's ETIMEDOUT. */
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
      // What is begun too late ends at once.
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
    release() {
      clearTimeout(timer)
    },
  }
}
