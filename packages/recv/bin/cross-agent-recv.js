#!/usr/bin/env node
try {
  require('../dist/cross-agent-recv.cjs')
} catch (error) {
  // Node would end with 1, which means dedup: a broken installation must not make mail look handled.
  require('node:fs').writeSync(
    2,
    `cross-agent-recv: cannot be loaded: ${error.message.split('\n')[0]}; build or install it again\n`,
  )
  process.exit(3)
}
