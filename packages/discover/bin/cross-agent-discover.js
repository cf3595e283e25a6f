#!/usr/bin/env node
require('../dist/cross-agent-discover.cjs')
