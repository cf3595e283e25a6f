// @ts-check
/**
 * Looks at the page of `cross-agent-status --html` in a real browser, Chromium, with JavaScript and without it, and
 * takes docs/page-light.png and docs/page-dark.png. The messages are real: sent, signed, answered, taken and forged in a
 * scratch home. `npm test` checks the page without a browser.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { binOf, root } from './project.mjs'

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome']
const QUIET = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const SIZE = '--window-size=1000,1180'
/** Chromium's own numbers. */
const SCHEMES = { dark: 0, light: 1 }

const home = mkdtempSync(`${tmpdir()}/cac-page-`)
const page = `${home}/mail.html`
const env = { HOME: home, GNUPGHOME: `${home}/gnupg`, PATH: process.env.PATH, LANG: 'C.UTF-8' }

/** A conversation with an answer, one that a session has taken, an escalation, and a forged message. */
async function writeThePage() {
  mkdirSync(env.GNUPGHOME, { recursive: true, mode: 0o700 })
  for (const project of ['mill', 'bakery', 'oven'])
    mkdirSync(`${home}/projects/${project}`, { recursive: true })
  const key = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', '']
  must('gpg', [...key, '--quick-gen-key', 'agents', 'ed25519', 'sign', 'never'], home)
  send('mill', 'oven', '-m', 'The thermostat of oven 2 reads 40 degrees too much.', '--type', 'escalate')
  send(
    'mill',
    'bakery',
    '-m',
    'Three sacks, please.\n\nBy Friday, if it can be had.',
    '--title',
    'Three sacks',
  )
  send('mill', 'bakery', '-m', 'Forged words.', '--no-sign', '--conversation', 'not-from-the-mill')
  const [asked = ''] = inbox('bakery').filter((name) => name.includes('three-sacks'))
  const path = `${home}/projects/bakery/inbox/from-agents/${asked}`
  send('bakery', '--reply-to', path, '-m', 'Two sacks on Friday, and one on Monday.')
  ours('recv', ['--done', path], 'bakery')
  ours('recv', ['--next', '--take'], 'oven', { CROSS_AGENT_SESSION: String(process.pid) })
  ours('status', ['--html', page], 'mill')
}

/** @param {string} project */
const inbox = (project) => readdirSync(`${home}/projects/${project}/inbox/from-agents`)

/** @param {string} from @param {...string} args */
const send = (from, ...args) => ours('send', args, from)

/** @param {string} command @param {readonly string[]} args @param {string} project @param {Record<string, string>} more */
function ours(command, args, project, more = {}) {
  return must(process.execPath, [binOf(command), ...args], `${home}/projects/${project}`, more)
}

/** @param {string} program @param {readonly string[]} args @param {string} cwd @param {Record<string, string>} more */
function must(program, args, cwd, more = {}) {
  const done = spawnSync(program, args, { cwd, env: { ...env, ...more }, encoding: 'utf8' })
  if (done.status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${done.error?.message ?? done.stderr}`)
  return done.stdout
}

/** With JavaScript the search box is there. Without it all else is. Nothing is refused by the page's policy. */
function checkThePage() {
  const withScript = browse(['--dump-dom'])
  const inert = `${home}/inert.html`
  writeFileSync(inert, readFileSync(page, 'utf8').replace(/script-src '[^']*'/, "script-src 'none'"))
  const without = browse(['--dump-dom'], inert)
  const isSearchHidden = (/** @type {string} */ text) => /<div id="search"[^>]* hidden/.test(text)
  expect(!isSearchHidden(withScript), 'the script shows the search box')
  expect(isSearchHidden(without), 'without JavaScript there is no search box')
  for (const text of ['Two sacks on Friday', 'thermostat', 'taken by', 'signature file missing'])
    expect(withScript.includes(text) && without.includes(text), `it says: ${text}`)
  expect(!withScript.includes('Forged words'), 'a forged message has no text')
  const broken = `${home}/broken.html`
  writeFileSync(broken, without.replace('<body>', '<body><script>document.title = "ran"</script>'))
  expect(!/<title>ran/.test(browse(['--dump-dom'], broken)), 'the policy lets no other script run')
}

/** @param {boolean} holds @param {string} what */
function expect(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`)
}

/** Opens a page, and returns what Chromium prints. @param {readonly string[]} args @param {string} file */
function browse(args, file = page) {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const all = ['--headless', ...sandbox, ...QUIET, '--hide-scrollbars', '--enable-logging=stderr', SIZE]
  for (const browser of BROWSERS) {
    const words = [...all, `--user-data-dir=${home}/browser`, ...args, `file://${file}`]
    const done = spawnSync(browser, words, { encoding: 'utf8', env: { ...process.env, HOME: home } })
    if (done.error !== undefined) continue
    if (done.status !== 0) throw new Error(`${browser}: ${done.stderr}`)
    const complaint = done.stderr.split('\n').find((line) => line.includes('CONSOLE') && file === page)
    if (complaint !== undefined) throw new Error(complaint)
    return done.stdout
  }
  throw new Error('no Chromium is here: apt-get install chromium')
}

try {
  await writeThePage()
  checkThePage()
  for (const [scheme, number] of Object.entries(SCHEMES))
    browse([
      `--blink-settings=preferredColorScheme=${number}`,
      `--screenshot=${root}/docs/page-${scheme}.png`,
    ])
  console.log('the page holds; taken: docs/page-light.png, docs/page-dark.png')
} finally {
  spawnSync('gpgconf', ['--kill', 'all'], { env })
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}
