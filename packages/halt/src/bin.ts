import { start } from '@cac/core/start'

start(1)
