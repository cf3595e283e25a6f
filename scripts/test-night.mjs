// @ts-check
/**
 * Lets a night pass on three machines, with agents that are left alone and with all that can go wrong, and checks what
 * happened (docs/reliability.md). As root, on Linux: each night has networks, mounts and processes of its own.
 *
 *     npm run test:night                              one night of ten minutes, its seed drawn and printed
 *     npm run test:night -- --minutes 2 --seed 7
 *     npm run test:night -- --nights 10 --at-once 5   several, of following seeds
 *     npm run test:night -- --mutants                 builds that break a promise: each must be caught
 *     npm run test:night -- --mutants --only swapped  one of them
 *     npm run test:night -- --history FILE            checks a night again
 *
 * With the folder of the original scripts in CROSS_AGENT_REFERENCE, one machine has these.
 */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { root } from './project.mjs'
import { requireSystemPrograms, run, setUp } from './setup.mjs'

const PROGRAMS = [
  'gpg',
  'ssh',
  'ssh-keygen',
  'sshd',
  'rsync',
  'python3',
  'mkfs.ext4',
  'setpriv',
  'unshare',
  'ip',
  'perl',
]
/** All that a night mounts, connects and starts ends with its shell, the first process of its namespace. */
const IN_NAMESPACE = `
set -e
mount -t tmpfs night "$1"
mount -t tmpfs shm /dev/shm
shift
"$@"
exit $?`

/** A night's exit code if it broke a promise. Others say that it did not come to its end. */
const BROKEN = 9
/** What a build with a fault does not get, or gets as a link. */
const NOT_COPIED = ['.git', 'node_modules', 'dist']
/** So often a night is made smaller. */
const SHRINKS = 3
/** What can happen, as test/night/faults/faults.ts does it. */
const FAULTS = [
  'kill',
  'power cut',
  'disk full',
  'clock',
  'sshd down',
  'line cut',
  'line slow',
  'folder away',
]

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    nights: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '1' },
    crowd: { type: 'string' },
    faults: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    /** Words: only mutants with one of them in their name. */
    only: { type: 'string' },
    history: { type: 'string' },
    /** A night that breaks a promise is not tried again with less. */
    'no-shrink': { type: 'boolean', default: false },
    /** What is built already is taken as it is. */
    built: { type: 'boolean', default: false },
  },
})

if (process.platform !== 'linux') stop('a night needs namespaces, which only Linux has')
if (process.getuid?.() !== 0)
  stop('a night needs root for its networks and mounts; run: sudo npm run test:night')
for (const name of /** @type {const} */ (['minutes', 'nights', 'at-once']))
  if (!(Number(values[name]) > 0)) stop(`--${name} takes a number above 0`)

requireSystemPrograms(PROGRAMS)
if (!values.built) await setUp()
mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
const output = mkdtempSync(join(tmpdir(), 'cac-nights-'))
const program = join(output, 'night.mjs')
await build({
  entryPoints: [join(root, 'test/night/main.ts')],
  outfile: program,
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
})
if (values.history !== undefined) run(process.execPath, [program, '--history', values.history])
else {
  const failures = values.mutants ? await catchMutants() : await passNights()
  if (failures === 0) rmSync(output, { recursive: true })
  else console.error(`what happened: ${output}`)
  process.exitCode = failures === 0 ? 0 : 1
}

/** Lets several nights pass. Returns how many broke a promise. */
async function passNights() {
  const first = Number(values.seed)
  const seeds = Array.from({ length: Number(values.nights) }, (_, index) => first + index)
  const broken = (
    await inTurn(seeds, async (seed) => ({ seed, status: await passNight(seed, root, []) }))
  ).filter(({ status }) => status !== 0)
  for (const { seed, status } of broken) {
    console.log(`seed ${seed}: broken promises`)
    if (status === BROKEN && !values['no-shrink']) await shrink(seed)
  }
  return broken.length
}

/**
 * Lets the same night pass with fewer agents and fewer faults, as long as a promise is broken. What happens depends on
 * time too, so this need not end with the smallest.
 * @param {number} seed
 */
async function shrink(seed) {
  let plan = { crowd: '1', faults: values.faults?.split(',') ?? FAULTS }
  for (let tries = 0; tries < SHRINKS; tries++) {
    const half = Math.ceil(plan.faults.length / 2)
    const candidates = [
      { ...plan, crowd: '0.5' },
      { ...plan, faults: plan.faults.slice(0, half) },
      { ...plan, faults: plan.faults.slice(half) },
    ].filter(({ crowd, faults }) => crowd !== plan.crowd || faults.length < plan.faults.length)
    const results = await inTurn(candidates, async (smaller) => {
      const status = await passNight(seed, root, [
        '--crowd',
        smaller.crowd,
        '--faults',
        smaller.faults.join(),
      ])
      return { smaller, status }
    })
    const found = results.find(({ status }) => status === BROKEN)
    if (found === undefined) break
    plan = found.smaller
  }
  const faults = plan.faults.length === 0 ? 'none' : plan.faults.join()
  console.log(`smallest that breaks it: --seed ${seed} --crowd ${plan.crowd} --faults '${faults}'`)
}

/**
 * Builds the commands with one fault each, and lets a short night pass with them. Returns how many the checker missed.
 */
async function catchMutants() {
  // With `faults`, only these happen: what is forgotten in a power cut would be no fault.
  /** @type {Record<string, { promise: number, faults?: string, file: string, find: string, replace: string }>} */
  const mutants = JSON.parse(readFileSync(join(root, 'test/night/mutants.json'), 'utf8'))
  const seed = Number(values.seed)
  // All are built before: beside nights it takes minutes.
  const words = values.only?.split(',') ?? ['']
  const wanted = Object.entries(mutants).filter(([name]) => words.some((word) => name.includes(word)))
  const built = wanted.map(([name, mutant]) => {
    console.error(`building the commands: one that ${name} …`)
    return { name, mutant, folder: buildMutant(name, mutant) }
  })
  const results = await inTurn(built, ({ name, mutant, folder }) =>
    passNight(seed, folder, [
      ...['--expect', String(mutant.promise), '--name', name, '--quiet', '5'],
      ...(mutant.faults === undefined ? [] : ['--faults', mutant.faults]),
    ]),
  )
  return results.filter((status) => status !== 0).length
}

/**
 * @param {string} name
 * @param {{ file: string, find: string, replace: string }} mutant
 */
function buildMutant(name, { file, find, replace }) {
  const folder = join(output, name.replaceAll(' ', '-'))
  mkdirSync(folder)
  for (const part of readdirSync(root).filter((one) => !NOT_COPIED.includes(one)))
    cpSync(join(root, part), join(folder, part), { recursive: true, verbatimSymlinks: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const source = readFileSync(join(folder, file), 'utf8')
  if (source.split(find).length !== 2)
    stop(`the mutant "${name}" no longer fits ${file}: mend test/night/mutants.json`)
  writeFileSync(
    join(folder, file),
    source.replace(find, () => replace),
  )
  run(process.execPath, [join(folder, 'scripts/build.mjs')])
  return folder
}

/**
 * Some at a time, in order.
 * @template Item, Result
 * @param {readonly Item[]} items
 * @param {(item: Item) => Promise<Result>} work
 */
async function inTurn(items, work) {
  const queue = [...items]
  /** @type {Result[]} */
  const results = []
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) results.push(await work(item))
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, worker))
  return results
}

/**
 * @param {number} seed
 * @param {string} folder the folder with the build
 * @param {readonly string[]} more
 */
async function passNight(seed, folder, more) {
  const base = mkdtempSync(join(tmpdir(), 'cac-night-'))
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc']
  const scripts = process.env.CROSS_AGENT_REFERENCE
  const args = [
    ...['--seed', String(seed), '--minutes', values.minutes, '--base', base, '--build', folder],
    ...['--root', root, '--output', output],
    ...(scripts === undefined ? [] : ['--scripts', scripts]),
    ...(values.crowd === undefined ? [] : ['--crowd', values.crowd]),
    ...(values.faults === undefined ? [] : ['--faults', values.faults]),
    ...more,
  ]
  const shell = ['sh', '-c', IN_NAMESPACE, 'sh', base, process.execPath, program, ...args]
  // A night ends with this process, however that ends.
  const line = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, '--', ...shell]
  const child = spawn('setpriv', line, { stdio: 'inherit' })
  const status = await new Promise((resolve) => child.once('close', resolve))
  rmdirSync(base)
  return status
}

/** @param {string} why @returns {never} */
function stop(why) {
  console.error(`test:night: ${why}`)
  process.exit(2)
}
