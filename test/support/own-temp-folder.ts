import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expect } from 'vitest'

/** Characters: the path of a socket below it, as ssh makes one for a while, may be 107 bytes long. */
const LONGEST = 16

// Named after the test file, so that what is left in it tells where it comes from.
const file = expect.getState().testPath ?? 'unknown'
const name = `${basename(dirname(file)).slice(0, 2)}-${basename(file, '.test.ts')}`
const folder = join(tmpdir(), name.slice(0, LONGEST))
mkdirSync(folder, { recursive: true })
process.env.TMPDIR = folder
