import { loadMain } from '@cac/core/command/load-main'

loadMain(1)
