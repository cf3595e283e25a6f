/** What `npm run test:long` sets: the seeds to draw from, with commas between them. */
const given = process.env.TEST_SEEDS

/** The seeds of the tests that draw their inputs: one that is always the same, or those of a long run. */
export const seeds: readonly number[] = given === undefined ? [20260427] : given.split(',').map(Number)
