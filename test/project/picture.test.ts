import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { root } from '../../scripts/project.mjs'
import { itLong } from '../support/long'

itLong('the picture in the README shows what the commands print today', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/picture.mjs'), '--check'], {
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
