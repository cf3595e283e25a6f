// @ts-check
/**
 * Draws docs/conversation.svg: a conversation between two projects as it is, run in a scratch home with the built
 * commands. What differs from run to run (times, keys) is written as the same each time, so that the picture changes
 * only when what the commands print does. With `--check` it draws nothing and ends with 1 where the picture is old.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { binOf, commands, root } from './project.mjs'

const PICTURE = `${root}/docs/conversation.svg`
const COLUMNS = 62
const LINE = 17
const CHARACTER = 7.25
const MARGIN = 14
/** Seconds between two commands, and between two lines of what one prints. */
const PAUSE = 1.6
const LINE_PAUSE = 0.12

/** @typedef {{ side: 'mill' | 'bakery', text: string, isCommand: boolean, at: number }} Line */

/** Runs the conversation; returns what is to be seen, line by line. */
async function record() {
  const home = mkdtempSync(`${tmpdir()}/cac-picture-`)
  const bin = `${home}/bin`
  const env = {
    HOME: home,
    GNUPGHOME: `${home}/gnupg`,
    PATH: `${bin}:${process.env.PATH}`,
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
  }
  /** @type {Line[]} */
  const lines = []
  let at = 0.5
  const folderOf = (/** @type {'mill' | 'bakery'} */ side) => `${home}/projects/${side}`
  /**
   * @param {'mill' | 'bakery'} side
   * @param {string} command
   */
  const showCommand = (side, command) => {
    for (const text of fold(`$ ${command}`)) lines.push({ side, text, isCommand: true, at })
    at += PAUSE / 2
  }
  /**
   * @param {'mill' | 'bakery'} side
   * @param {string} output
   */
  const showOutput = (side, output) => {
    for (const text of evened(output, home).split('\n').slice(0, -1).flatMap(fold)) {
      lines.push({ side, text, isCommand: false, at })
      at += LINE_PAUSE
    }
    at += PAUSE
  }
  /**
   * Shows and runs a command; returns what it printed.
   * @param {'mill' | 'bakery'} side
   * @param {string} shown
   * @param {string} [line] what is run, where it is another
   */
  const type = (side, shown, line = shown) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
      cwd: folderOf(side),
      env,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${line}: ${stderr}`)
    showCommand(side, shown)
    showOutput(side, stdout)
    return stdout
  }
  try {
    mkdirSync(bin)
    mkdirSync(env.GNUPGHOME, { mode: 0o700 })
    for (const project of ['mill', 'bakery']) mkdirSync(`${home}/projects/${project}`, { recursive: true })
    for (const command of commands) symlinkSync(binOf(command), `${bin}/cross-agent-${command}`)
    const key = [
      '--batch',
      '--quiet',
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      '',
      '--quick-gen-key',
      'agents',
    ]
    spawnSync('gpg', [...key, 'ed25519', 'sign', 'never'], { env })
    const waiting = spawn('cross-agent-watch', ['--once', '--here'], { cwd: folderOf('bakery'), env })
    let heard = ''
    waiting.stdout.on('data', (/** @type {Buffer} */ data) => {
      heard += data
    })
    const ended = new Promise((resolve) => waiting.once('close', resolve))
    showCommand('bakery', 'cross-agent-watch --once --here')
    const sent = type('mill', 'cross-agent-send bakery -m "Three sacks, please."')
    const request = sent.trim().slice('sent: '.length)
    await ended
    showOutput('bakery', heard)
    type('bakery', 'cross-agent-recv --next', "cross-agent-recv --next | grep -vE '^(sha256|timestamp)'")
    type(
      'bakery',
      'cross-agent-send --reply-to FILE -m "Two today."',
      `cross-agent-send --reply-to ${request} -m "Two today."`,
    )
    type('bakery', 'cross-agent-recv --done FILE', `cross-agent-recv --done ${request}`)
    type('mill', 'cross-agent-recv --next', "cross-agent-recv --next | grep -vE '^(sha256|timestamp)'")
    type('mill', 'cross-agent-status')
  } finally {
    spawnSync('gpgconf', ['--kill', 'all'], { env })
    rmSync(home, { recursive: true, force: true })
  }
  return lines
}

/**
 * What differs from run to run, as it is in the picture.
 * @param {string} text
 * @param {string} home
 */
function evened(text, home) {
  const machine = /^from: ([\w-]+)\./m.exec(text)?.[1]
  return text
    .replaceAll(home, '~')
    .replace(/~\/projects\/\w+\/inbox\/from-agents\//g, 'inbox/from-agents/')
    .replace(/\b\d{8}T\d{6}Z/g, '20260427T091142Z')
    .replace(/\b[0-9A-F]{40}\b/g, '3F0A…C41D')
    .replace(/\(\d+s ago\)/g, '(2s ago)')
    .replaceAll(`${machine ?? '\0'}.`, 'oak.')
}

/** @param {string} text */
function fold(text) {
  return text === '' ? [''] : (text.match(new RegExp(`.{1,${COLUMNS}}`, 'gu')) ?? [])
}

/** @param {readonly Line[]} lines */
function draw(lines) {
  const width = COLUMNS * CHARACTER + 2 * MARGIN
  const counts = ['mill', 'bakery'].map((side) => lines.filter((line) => line.side === side).length)
  const height = (Math.max(...counts) + 2) * LINE + 2 * MARGIN
  const panel = (/** @type {'mill' | 'bakery'} */ side, /** @type {number} */ x) => {
    const own = lines.filter((line) => line.side === side)
    const texts = own.map(({ text, isCommand, at }, index) => {
      const place = `x="${x + MARGIN}" y="${MARGIN + (index + 2.2) * LINE}"`
      return `<text ${place} class="${isCommand ? 'c' : 'o'}" style="animation-delay:${at.toFixed(2)}s">${toXml(text)}</text>`
    })
    return [
      `<rect x="${x}" y="0" width="${width}" height="${height}" rx="8"/>`,
      `<text x="${x + MARGIN}" y="${MARGIN + LINE * 0.6}" class="t">~/projects/${side}</text>`,
      ...texts,
    ]
  }
  const total = 2 * width + MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${total} ${height}" width="${total}" height="${height}">`,
    '<title>Two projects write to each other: send, read, answer, finish</title>',
    '<style>rect{fill:#1e2430}text{font:12px ui-monospace,SFMono-Regular,Menlo,monospace;white-space:pre;fill:#d8dee9}',
    '.t{fill:#8fa1b3}.c{fill:#a3be8c}.c,.o{opacity:0;animation:s .1s forwards}@keyframes s{to{opacity:1}}',
    '@media(prefers-reduced-motion:reduce){.c,.o{opacity:1;animation:none}}</style>',
    ...panel('mill', 0),
    ...panel('bakery', width + MARGIN),
    '</svg>',
    '',
  ].join('\n')
}

/** @param {string} text */
function toXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const picture = draw(await record())
if (!process.argv.includes('--check')) writeFileSync(PICTURE, picture)
else if (readFileSync(PICTURE, 'utf8') !== picture) {
  console.error('docs/conversation.svg is old: draw it with node scripts/picture.mjs')
  process.exit(1)
}
