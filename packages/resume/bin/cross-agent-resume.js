#!/usr/bin/env node
require('../dist/cross-agent-resume.cjs')
