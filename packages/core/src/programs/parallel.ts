/**
 * Runs `work` for every item, at most `limit` at a time, and returns the results in the order of the items.
 * Throws the first failure after all running work has ended.
 */
export async function mapParallel<Item, Outcome>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = items.entries()
  const worker = async () => {
    for (const [index, item] of waiting) outcomes[index] = await work(item)
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  return outcomes
}
