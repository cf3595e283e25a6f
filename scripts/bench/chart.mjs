// @ts-check
/** The picture: a bar for the script, a bar for ours, scenario by scenario. */
import { figure, ratio, watchLines } from './tables.mjs'

/** @import { Report } from './report.mjs' */

/** @typedef {{ name: string, ours: number, script: number, unit: string, ratio: number }} Pair */

const WIDTH = 900
const LEFT = 320
const RIGHT = 150
const ROW = 29
const BAR = 10
/** A bar that would be longer than so many of the script's is cut off there: it would make the others tiny. */
const LONGEST = 1.5
const TOP = 74

/**
 * An SVG. Times go from three hundredths of a second to minutes, so that no scale of seconds would show them
 * all: each script's bar is as long as any other, and ours is as much shorter (or longer) as it takes less
 * (or more). It has a ground of its own, light or dark as whoever looks prefers, wherever it is shown.
 * @param {Report} report
 */
export function drawChart(report) {
  const pairs = pairsOf(report)
  const longest = Math.min(LONGEST, Math.max(1, ...pairs.map((pair) => pair.ratio)))
  const scale = (WIDTH - LEFT - RIGHT) / longest
  const height = TOP + pairs.length * ROW + 20
  const { node, python, platform, cores, date } = report.about
  const title = 'Commands and the scripts they replace: time taken'
  const versions = `node ${node}${python === null ? '' : `, Python ${python}`}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(title)}" font-family="system-ui, sans-serif" font-size="12">
<title>${escapeText(title)}</title>
<style>
.ground { fill: #ffffff; stroke: #d0d7de } .text { fill: #1f2328 } .faint { fill: #59636e } .script { fill: #afb8c1 } .ours { fill: #0969da } .line { stroke: #59636e } .cut { stroke: #ffffff; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117; stroke: #3d444d } .text { fill: #f0f6fc } .faint { fill: #9198a1 } .script { fill: #656c76 } .ours { fill: #4493f8 } .line { stroke: #9198a1 } .cut { stroke: #0d1117 }
}
</style>
<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
<text class="text" x="20" y="28" font-size="15" font-weight="600">${escapeText(title)}</text>
<text class="faint" x="20" y="48">${escapeText(`Shorter is faster. Medians; ${versions}, ${platform}, ${cores} cores, ${date.slice(0, 10)}.`)}</text>
<rect class="script" x="${WIDTH - 190}" y="18" width="12" height="12"/><text class="text" x="${WIDTH - 172}" y="28">script</text>
<rect class="ours" x="${WIDTH - 110}" y="18" width="12" height="12"/><text class="text" x="${WIDTH - 92}" y="28">ours</text>
${pairs.map((pair, index) => drawPair(pair, TOP + index * ROW, scale)).join('\n')}
<line class="line" x1="${LEFT + scale}" x2="${LEFT + scale}" y1="${TOP - 8}" y2="${height - 14}" stroke-dasharray="2 3"/>
</svg>
`
}

/**
 * @param {Pair} pair
 * @param {number} top
 * @param {number} scale The length of a script's bar.
 */
function drawPair(pair, top, scale) {
  const isCut = pair.ratio > LONGEST
  const ours = Math.max(1, Math.min(pair.ratio, LONGEST) * scale)
  const values = `${figure(pair.ours)} : ${figure(pair.script)} ${pair.unit}`
  const end = LEFT + Math.max(scale, ours)
  return `<text class="text" x="${LEFT - 10}" y="${top + 14}" text-anchor="end">${escapeText(pair.name)}</text>
<rect class="script" x="${LEFT}" y="${top}" width="${round(scale)}" height="${BAR}"/>
<rect class="ours" x="${LEFT}" y="${top + BAR}" width="${round(ours)}" height="${BAR}"/>
${isCut ? `<path class="cut" d="M${round(end - 16)} ${top + 2 * BAR + 2}l6 -${BAR + 4}M${round(end - 11)} ${top + 2 * BAR + 2}l6 -${BAR + 4}"/>\n` : ''}<text class="text" x="${round(end + 8)}" y="${top + 9}" font-weight="600">${escapeText(`× ${ratio(pair.ratio)}`)}</text>
<text class="faint" x="${round(end + 8)}" y="${top + 21}" font-size="10">${escapeText(values)}</text>`
}

/**
 * All that was measured on both sides.
 * @param {Report} report
 * @returns {Pair[]}
 */
function pairsOf({ rows, watching }) {
  const commands = rows.flatMap(({ name, milliseconds: { ours, script }, toScript }) =>
    script === null || toScript === null ? [] : [{ name, ours, script, unit: 'ms', ratio: toScript.median }],
  )
  const watcher = watchLines(watching).flatMap(({ name, unit, values: { ours, script } }) =>
    unit === 'ms' && script !== null ? [{ name, ours, script, unit, ratio: ours / script }] : [],
  )
  return [...commands, ...watcher]
}

/** @param {string} text */
function escapeText(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10
}
