import { describe, expect, it } from 'vitest'
import { drawChart } from '../../scripts/bench/chart.mjs'
import type { Report } from '../../scripts/bench/report.mjs'
import { median, pairwiseRatios, quantile, shuffled, spreadOf, sum } from '../../scripts/bench/statistics.mjs'

describe('the statistics of the bench', () => {
  it('find the middle and the quarters of a series in any order, as numbers and not as text', () => {
    expect(median([10, 9, 100])).toBe(10)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, lower: 2, upper: 4 })
    expect([0, 0.9, 1].map((share) => quantile([10, 20], share))).toEqual([10, 19, 20])
    expect(spreadOf([7])).toEqual({ median: 7, lower: 7, upper: 7 })
    expect(median([])).toBeNaN()
  })
  it('leave the series as it was', () => {
    const numbers = Object.freeze([3, 1, 2])
    expect([median(numbers), sum(numbers), sum([])]).toEqual([2, 6, 0])
    expect(shuffled(numbers).sort()).toEqual([1, 2, 3])
  })
  it('take ratios round by round: not that of the medians', () => {
    expect(pairwiseRatios([1, 10, 100], [2, 10, 50])).toEqual({ median: 1, lower: 0.75, upper: 1.5 })
    expect(pairwiseRatios([1, 9, 100], [10, 3, 1]).median).toBe(3)
  })
  it('shuffle: each comes first some time', () => {
    const first = new Set(Array.from({ length: 200 }, () => shuffled(['a', 'b'])[0]))
    expect([...first].sort()).toEqual(['a', 'b'])
  })
})

describe('the chart of the bench', () => {
  const spread = { median: 0.5, lower: 0.4, upper: 0.6 }
  const row = (name: string): Report['commands'][number] => ({
    name,
    unit: 'ms',
    pairs: 1,
    ours: 1,
    script: 2,
    toScript: spread,
  })
  const chart = (changes: Partial<Report>) =>
    drawChart({ about: 'x', commands: [], watcher: [], nodes: [], ...changes })

  it('shows names as they are, whatever they would mean to XML', () => {
    const svg = chart({ commands: [row(`a & b <c> "d" &lt;`)], about: '</text><script>' })
    expect(svg).toContain('>a &amp; b &lt;c&gt; &quot;d&quot; &amp;lt;</text>')
    expect(svg).not.toMatch(/<script|<c>/)
    // Every ampersand that is left begins what stands for one character.
    expect(svg).not.toMatch(/&(?!(amp|lt|gt|quot);)/)
  })
  it('shows times that were measured on both sides, and nothing else', () => {
    const alone = { ...row('alone'), script: Number.NaN }
    const memory = { ...row('memory'), unit: 'MB' }
    const svg = chart({ commands: [row('both'), alone], watcher: [row('watch'), memory] })
    expect(svg).toContain('× 0.50')
    expect(svg).toContain('>both</text>')
    expect(svg).toContain('>watch</text>')
    expect(svg).not.toMatch(/alone|memory|NaN/)
  })
})
