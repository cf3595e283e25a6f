import { describe, expect, it } from 'vitest'
import { cellsOf, figure, quantile, spread } from '../../scripts/bench/report.mjs'

describe('the figures of the bench', () => {
  it('find the middle and the quarters of a series in any order, as numbers and not as text', () => {
    const numbers = Object.freeze([10, 9, 100])
    expect(quantile(numbers, 0.5)).toBe(10)
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect([0, 0.25, 0.75, 0.9, 1].map((share) => quantile([10, 20], share))).toEqual([
      10, 12.5, 17.5, 19, 20,
    ])
    expect(quantile([7], 0.75)).toBe(7)
    expect(quantile([], 0.5)).toBeNaN()
  })
  it('take ratios round by round: not that of the medians', () => {
    expect(spread([1, 10, 100], [2, 10, 50])).toBe('1.00 (0.75–1.50)')
    expect(spread([1, 9, 100], [10, 3, 1])).toMatch(/^3\.00 /)
    expect(spread([1], [])).toBe('–')
  })
  it('have three digits that say something, and a dash for what was not measured', () => {
    expect([0.5, 12.34, 1234.5, Number.NaN].map(figure)).toEqual(['0.50', '12.3', '1,235', '–'])
    expect(
      cellsOf({
        name: 'x',
        values: [
          [4, 2],
          [8, 2],
          [1, 1],
        ],
      }),
    ).toEqual(['x', '2', '3.00', '5.00', '0.75 (0.63–0.88)', '1.00', '3.00 (2.50–3.50)'])
    expect(cellsOf({ name: 'x', values: [[4], [], []] })).toEqual(['x', '1', '4.00', '–', '–', '–', '–'])
  })
})
