import { brakeOf, requireNotHalted } from '../brake/halt'
import type { Context } from '../command/context'
import type { Interruption } from '../programs/interruption'
import { LOOK_EVERY } from '../programs/program'

/** Ends a wait at once on a signal, and soon under HALT: `stopped` is rejected with what `check` throws. */
export function stopOf(interruption: Interruption, context: Context) {
  const check = () => {
    interruption.check()
    requireNotHalted(context)
  }
  let end = () => {}
  const stopped = new Promise<never>((_, reject) => {
    const look = () => {
      try {
        check()
      } catch (error) {
        reject(error)
      }
    }
    const isHalted = brakeOf(context)
    const timer = setInterval(() => isHalted() && look(), LOOK_EVERY)
    const release = interruption.onSignal(look)
    end = () => {
      clearInterval(timer)
      release()
    }
  })
  // While a candidate is judged, nobody listens.
  stopped.catch(() => {})
  return { check, stopped, end: () => end() }
}
