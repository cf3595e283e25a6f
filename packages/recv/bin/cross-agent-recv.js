#!/usr/bin/env node
require('../dist/cross-agent-recv.js')
