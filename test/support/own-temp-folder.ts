import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expect } from 'vitest'

// Named after the test file, so that what is left in it tells where it comes from.
const file = expect.getState().testPath ?? 'unknown'
const folder = join(tmpdir(), `${basename(dirname(file))}-${basename(file, '.test.ts')}`)
mkdirSync(folder, { recursive: true })
process.env.TMPDIR = folder
