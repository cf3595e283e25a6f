import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { hasRoot, rootOnlyFiles } from './test/support/root.ts'

if (!hasRoot) console.log(`left out, since they need root: ${rootOnlyFiles.join(', ')}`)

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(hasRoot ? [] : rootOnlyFiles)],
    globalSetup: 'test/support/temp-folder.ts',
    setupFiles: 'test/support/own-temp-folder.ts',
    // Half of the tests wait for a watcher, a time limit or a peer. Alone on a processor each would waste it.
    maxWorkers: 2 * availableParallelism(),
    // No test depends on how fast it is: the limits end what hangs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
