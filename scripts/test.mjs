// @ts-check
/** Everything that must hold: installs, builds, type-checks, lints and runs all tests. */
import { requireSystemPrograms, run, setUp } from './setup.mjs'

requireSystemPrograms()
await setUp()
run('node_modules/.bin/tsc', ['--noEmit'])
run('node_modules/.bin/biome', ['ci', '--error-on-warnings', '.'])
run('node_modules/.bin/vitest', ['run', ...process.argv.slice(2)])
