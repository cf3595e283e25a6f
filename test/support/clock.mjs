// @ts-check
/**
 * Loaded before a command: gives the process a clock of its own, by as many milliseconds off the true one as
 * stand in the file CLOCK_OFF_BY, which may change at any time.
 */
import { readFileSync } from 'node:fs'

const TrueDate = Date
const trueNow = Date.now
const now = () => trueNow() + Number(readFileSync(process.env.CLOCK_OFF_BY ?? '', 'utf8'))

Date.now = now
globalThis.Date = new Proxy(TrueDate, {
  construct: (target, time, newTarget) =>
    Reflect.construct(target, time.length === 0 ? [now()] : time, newTarget),
})
