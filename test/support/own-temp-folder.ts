import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect } from 'vitest'

// Named after the test file, so that what is left in it tells where it comes from.
const folder = join(tmpdir(), basename(expect.getState().testPath ?? 'unknown', '.test.ts'))
mkdirSync(folder, { recursive: true })
process.env.TMPDIR = folder
