import { defineConfig } from 'vitest/config'

/** Only for `npm run test:agents`. The names of these files keep them out of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/agents/table.ts'],
    globalSetup: 'test/support/temp-folder.ts',
    reporters: ['verbose'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
})
