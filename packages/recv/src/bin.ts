import { start } from '@cac/core/start'

// A broken installation must not make mail look handled: 1 would mean dedup.
start(3)
