#!/usr/bin/env node
require('../dist/cross-agent-status.cjs')
