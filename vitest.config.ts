import { configDefaults, defineConfig } from 'vitest/config'
import { hasRoot, rootOnlyFiles } from './test/support/root'

if (!hasRoot) console.log(`left out, since they need root: ${rootOnlyFiles.join(', ')}`)

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(hasRoot ? [] : rootOnlyFiles)],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
