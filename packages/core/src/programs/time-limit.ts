import type { Interruption } from './interruption'

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
