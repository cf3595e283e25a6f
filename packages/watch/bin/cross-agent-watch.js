#!/usr/bin/env node
require('../dist/cross-agent-watch.cjs')
