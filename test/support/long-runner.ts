import { type RunnerTask, type RunnerTestFile, TestRunner } from 'vitest'

/**
 * In a long run, leaves out the tests that `npm test` runs in the same way. It keeps those with the tag `long`, and those of
 * a list, which may be a sample in `npm test`. Vitest does not mark what `it.for` makes: that needs the tag.
 */
export default class LongRunner extends TestRunner {
  onCollected(files: RunnerTestFile[]): void {
    for (const file of files) leaveOut(file)
  }
}

function leaveOut(task: RunnerTask): void {
  if (task.each || task.tags?.includes('long')) return
  // A `describe` without a test runs on: else nothing would remove its home.
  if (task.type === 'suite') for (const inner of task.tasks) leaveOut(inner)
  else task.mode = 'skip'
}
