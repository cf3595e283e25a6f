// @ts-check
/**
 * Everything that must hold: installs, builds, type-checks, lints and runs all tests.
 *
 *     npm test                                everything, in less than five minutes on two processors
 *     npm test -- test/send                   the tests of one command, after all else
 *     npm run test:only -- test/send          those tests alone, on what is installed and built already
 *     npm run test:long -- --seeds 20         the tests that draw their inputs, from twenty seeds by chance
 *     npm run test:long -- --seed 7           the same from this one, to see a failure again
 *     npm run test:long -- --messages 1000 --kills 50   the README's loop alone, with so many
 *
 * CI runs the first. A run draws its inputs from one seed that never changes: what it finds it finds each time.
 */
import { requireTestPrograms, run, setUp } from './setup.mjs'

requireTestPrograms()
await setUp()
run('node_modules/.bin/tsc', ['--noEmit'])
run('node_modules/.bin/biome', ['ci', '--error-on-warnings', '.'])
run('node_modules/.bin/vitest', ['run', ...process.argv.slice(2)])
