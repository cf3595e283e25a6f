import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { isLong } from './test/support/long.ts'
import { hasRoot, rootOnlyFiles } from './test/support/root.ts'

const leftOut = hasRoot ? [] : rootOnlyFiles()
if (leftOut.length > 0) console.log(`left out, since they need root: ${leftOut.join(', ')}`)

/** Longest first. They begin first, so that none of them runs on alone at the end. */
const LONG = [
  'conformance/conformance',
  'watch/hook-sessions',
  'recv/take',
  'watch/hook',
  'together/containers',
  'status/sent',
  'send/outbox',
  'send/wait',
  'watch/watch',
  'recv/done-crash',
]

/** Vitest would start with the largest files, for it knows no durations in a fresh clone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return at < 0 ? LONG.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    globalSetup: 'test/support/temp-folder.ts',
    setupFiles: 'test/support/own-temp-folder.ts',
    tags: [{ name: 'long', description: 'left out of `npm test`, or longer in `npm run test:long`' }],
    ...(isLong ? { runner: 'test/support/long-runner.ts' } : {}),
    sequence: { sequencer: LongestFirst },
    // Half of the tests wait for a watcher, a time limit or a peer. Alone on a processor each would waste it.
    maxWorkers: 2 * availableParallelism(),
    // No test depends on how fast it is: the limits end what hangs.
    testTimeout: isLong ? 1_200_000 : 600_000,
    hookTimeout: 600_000,
  },
})
