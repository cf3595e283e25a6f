// @ts-check
import { measure } from './measure.mjs'

/** @import { Figures } from './measure.mjs' */
/** @import { Scenario } from './scenarios.mjs' */
/** @import { World } from './world.mjs' */

/** @typedef {{ name: string } & Figures} Row */

/**
 * Measures a command in a home of its own.
 * @param {Scenario} scenario
 * @param {World} world
 * @param {{ pairs: number, node?: string }} options
 * @returns {Promise<Row>}
 */
export async function measureCommand(scenario, world, { pairs, node = process.execPath }) {
  const { name, command, exitCode = 0, mostPairs = pairs } = scenario
  return world.withHome(async (home) => {
    const { args, env, before } = scenario.prepare(home, world)
    const ours = world.ours(command, home, args, node)
    const theirs = world.theirs(command, home, args)
    const subject = {
      ours: { ...ours, exitCode, env: { ...ours.env, ...env } },
      theirs: theirs && { ...theirs, exitCode, env: { ...theirs.env, ...env } },
      floor: world.floor(node),
      ...(before && { before }),
    }
    const rounds = Math.min(pairs, mostPairs)
    return { name, ...(await measure(subject, { pairs: rounds, isWarmedUp: rounds > 3 })) }
  })
}
