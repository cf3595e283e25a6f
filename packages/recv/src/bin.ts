import { loadMain } from '@cac/core/command/load-main'

// A broken installation must not make mail look handled: 1 would mean dedup.
loadMain(3)
