// @ts-check
/**
 * What must hold before each commit: installs, builds, type-checks, lints and runs the tests, with a sample of each
 * large matrix.
 *
 *     npm test                                all that, in some minutes on two processors
 *     npm test -- test/send                   the tests of one command, after all else
 *     npm run test:only -- test/send          those tests alone, on what is installed and built already
 *     npm run test:long                       every matrix whole, and inputs drawn from ten seeds by chance
 *     npm run test:long -- --seed 7           the same from this seed, to see a failure again
 *     npm run test:long -- conformance        all of the files with that word in their path
 *     npm run test:long -- --messages 1000 --kills 50   the README's loop alone, with so many
 *
 * CI runs the first, and test:long for conformance. Both draw from seeds that never change there: what CI finds it finds
 * each time.
 */
import { requireTestPrograms, run, setUp } from './setup.mjs'

requireTestPrograms()
await setUp()
run('node_modules/.bin/tsc', ['--noEmit'])
run('node_modules/.bin/biome', ['ci', '--error-on-warnings', '.'])
run('node_modules/.bin/vitest', ['run', ...process.argv.slice(2)])
