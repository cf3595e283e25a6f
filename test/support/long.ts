import { it as plain, type TestAPI, type TestFunction } from 'vitest'

/**
 * Whether this is `npm run test:long`. That runs the files which import this one or seeds.ts, but not what is the same in
 * `npm test` (long-runner.ts).
 */
export const isLong = process.env.TEST_LONG === '1'

/** The options of a test or a `describe` that does more in a long run, as by `isLong` or by a sample inside. */
export const LONGER = isLong ? { tags: ['long'] } : {}

/** Makes the `it` of what only `npm run test:long` runs. */
export const onlyLong =
  <Context>(it: TestAPI<Context>) =>
  (name: string, body: TestFunction<Context>) =>
    it.runIf(isLong)(name, LONGER, body)
export const itLong = onlyLong(plain)

/** A few of many that go through the same code, first and last among them; all of them in a long run. */
export function sample<Row extends unknown[] | [unknown]>(all: readonly Row[], count: number): readonly Row[]
export function sample<Item>(all: readonly Item[], count: number): readonly Item[]
export function sample<Item>(all: readonly Item[], count: number): readonly Item[] {
  if (isLong || all.length <= count) return all
  return all.filter((_, at) => at === 0 || stepAt(at, all.length, count) > stepAt(at - 1, all.length, count))
}

/** On which step of `count` steps the item lies. */
function stepAt(at: number, length: number, count: number): number {
  return count < 2 ? 0 : Math.floor((at * (count - 1)) / (length - 1))
}

/** The first of each kind, and then every so manieth; all of them in a long run. */
export function sampleOfEach<Item>(
  all: readonly Item[],
  kindOf: (item: Item) => string,
  every = Number.POSITIVE_INFINITY,
): readonly Item[] {
  if (isLong) return all
  const seen = new Map<string, number>()
  return all.filter((item) => {
    const kind = kindOf(item)
    const count = seen.get(kind) ?? 0
    seen.set(kind, count + 1)
    return count === 0 || (count + 1) % every === 0
  })
}
