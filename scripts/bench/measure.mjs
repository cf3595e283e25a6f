// @ts-check
import { peakMemoryOf, timeOf } from './processes.mjs'
import { median, pairwiseRatios, shuffled } from './statistics.mjs'

/** @import { Call } from './processes.mjs' */
/** @import { Spread } from './statistics.mjs' */

/**
 * One thing to time: our command line, the script's (where there is one), and what makes both start alike.
 * @typedef {object} Subject
 * @property {Call} ours
 * @property {Call | undefined} theirs
 * @property {Call} floor An empty node.
 * @property {() => void} [before] Run before each single run, not timed.
 */

/**
 * @typedef {object} Figures
 * @property {number} pairs Of how many rounds these are the medians.
 * @property {{ ours: number, script: number | null, node: number }} milliseconds
 * @property {Spread | null} toScript
 * @property {Spread} toNode
 * @property {{ ours: number | null, script: number | null }} peakBytes
 */

/**
 * Runs ours, the script and an empty node, in an order that changes by chance from round to round, so that
 * whatever else the machine does meanwhile falls on all three alike; the ratios are those of one round each.
 * @param {Subject} subject
 * @param {{ pairs: number, isWarmedUp: boolean }} options Warmed up by one round more, which is not counted.
 * @returns {Promise<Figures>}
 */
export async function measure({ ours, theirs, floor, before }, { pairs, isWarmedUp }) {
  /** @type {{ ours: number[], theirs: number[], floor: number[] }} */
  const times = { ours: [], theirs: [], floor: [] }
  /** @type {{ ours?: number | undefined, theirs?: number | undefined }} */
  const peaks = {}
  const calls = { ours, theirs, floor }
  for (let round = isWarmedUp ? 0 : 1; round <= pairs; round++) {
    for (const name of shuffled(/** @type {const} */ (['ours', 'theirs', 'floor']))) {
      const call = calls[name]
      if (call === undefined) continue
      before?.()
      // What is run once takes minutes: a second run, only for its memory, would take as long.
      const isBoth = pairs === 1 && name !== 'floor'
      if (isBoth) {
        const { time, bytes } = await peakMemoryOf(call)
        times[name].push(time)
        peaks[name] = bytes
      } else {
        const time = await timeOf(call)
        if (round > 0) times[name].push(time)
      }
    }
  }
  for (const name of /** @type {const} */ (['ours', 'theirs'])) {
    const call = calls[name]
    if (call === undefined || pairs === 1) continue
    before?.()
    peaks[name] = (await peakMemoryOf(call)).bytes
  }
  return {
    pairs,
    milliseconds: {
      ours: median(times.ours),
      script: theirs === undefined ? null : median(times.theirs),
      node: median(times.floor),
    },
    toScript: theirs === undefined ? null : pairwiseRatios(times.ours, times.theirs),
    toNode: pairwiseRatios(times.ours, times.floor),
    peakBytes: { ours: peaks.ours ?? null, script: peaks.theirs ?? null },
  }
}
