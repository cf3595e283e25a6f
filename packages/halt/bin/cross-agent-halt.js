#!/usr/bin/env node
require('../dist/cross-agent-halt.cjs')
