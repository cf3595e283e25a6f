import { loadMain } from '@cac/core/load-main'

loadMain(1)
