#!/usr/bin/env node
require('../dist/cross-agent-halt.js')
