// @ts-check
/** The picture: a bar for the script, a bar for ours, scenario by scenario. */
import { figure, ratio } from './tables.mjs'

/** @import { Row } from './measure.mjs' */
/** @import { Report } from './report.mjs' */

const WIDTH = 900
const LEFT = 320
const RIGHT = 150
const ROW = 29
const BAR = 10
/** A bar that would be longer than so many of the script's ends there: it would make the others tiny. */
const LONGEST = 1.5
const TOP = 74

/**
 * An SVG of the times that were measured on both sides. They go from three hundredths of a second to minutes, so that
 * no scale of seconds would show them all: each script's bar is as long as any other, and ours is as much shorter (or
 * longer) as it takes less (or more). It has a ground of its own, light or dark as whoever looks prefers.
 * @param {Report} report
 */
export function drawChart({ commands, watcher, about }) {
  const rows = [...commands, ...watcher].filter(({ unit, script }) => unit === 'ms' && !Number.isNaN(script))
  const longest = Math.min(LONGEST, Math.max(1, ...rows.map(({ toScript }) => toScript.median)))
  const scale = (WIDTH - LEFT - RIGHT) / longest
  const height = TOP + rows.length * ROW + 20
  const title = 'Commands and the scripts they replace: time taken'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}" font-family="system-ui, sans-serif" font-size="12">
<title>${title}</title>
<style>
.ground { fill: #ffffff; stroke: #d0d7de } .text { fill: #1f2328 } .faint { fill: #59636e } .script { fill: #afb8c1 } .ours { fill: #0969da } .line { stroke: #59636e }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117; stroke: #3d444d } .text { fill: #f0f6fc } .faint { fill: #9198a1 } .script { fill: #656c76 } .ours { fill: #4493f8 } .line { stroke: #9198a1 }
}
</style>
<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
<text class="text" x="20" y="28" font-size="15" font-weight="600">${title}</text>
<text class="faint" x="20" y="48">${escapeText(`Shorter is faster. Medians, measured on ${about}.`)}</text>
<rect class="script" x="${WIDTH - 190}" y="18" width="12" height="12"/><text class="text" x="${WIDTH - 172}" y="28">script</text>
<rect class="ours" x="${WIDTH - 110}" y="18" width="12" height="12"/><text class="text" x="${WIDTH - 92}" y="28">ours</text>
${rows.map((row, index) => drawRow(row, TOP + index * ROW, scale)).join('\n')}
<line class="line" x1="${LEFT + scale}" x2="${LEFT + scale}" y1="${TOP - 8}" y2="${height - 14}" stroke-dasharray="2 3"/>
</svg>
`
}

/**
 * @param {Row} row
 * @param {number} top
 * @param {number} scale The length of a script's bar.
 */
function drawRow({ name, ours, script, toScript: { median } }, top, scale) {
  const length = Math.max(1, Math.min(median, LONGEST) * scale)
  const end = Math.round(LEFT + Math.max(scale, length) + 8)
  return `<text class="text" x="${LEFT - 10}" y="${top + 14}" text-anchor="end">${escapeText(name)}</text>
<rect class="script" x="${LEFT}" y="${top}" width="${scale.toFixed(1)}" height="${BAR}"/>
<rect class="ours" x="${LEFT}" y="${top + BAR}" width="${length.toFixed(1)}" height="${BAR}"/>
<text class="text" x="${end}" y="${top + 9}" font-weight="600">× ${ratio(median)}</text>
<text class="faint" x="${end}" y="${top + 21}" font-size="10">${figure(ours)} : ${figure(script)} ms</text>`
}

/** @param {string} text */
function escapeText(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
