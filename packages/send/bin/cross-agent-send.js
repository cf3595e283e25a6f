#!/usr/bin/env node
require('../dist/cross-agent-send.cjs')
