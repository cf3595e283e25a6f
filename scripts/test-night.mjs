// @ts-check
/**
 * Lets a night pass on three machines, with agents that are left alone and with all that can go wrong, and checks what
 * happened (docs/reliability.md). As root, on Linux: each night has networks, mounts and processes of its own.
 *
 *     npm run test:night                              one night of ten minutes, its seed drawn and printed
 *     npm run test:night -- --minutes 2 --seed 7
 *     npm run test:night -- --nights 10 --at-once 5   several, of following seeds
 *     npm run test:night -- --mutants                 builds that break a promise: each must be caught
 *     npm run test:night -- --history FILE            checks a night again
 *
 * With the folder of the original scripts in CROSS_AGENT_REFERENCE, one machine has these.
 */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { root } from './project.mjs'
import { requireSystemPrograms, setUp } from './setup.mjs'

const PROGRAMS = [
  'gpg',
  'ssh',
  'ssh-keygen',
  'sshd',
  'rsync',
  'python3',
  'mkfs.ext4',
  'unshare',
  'ip',
  'perl',
  'faketime',
]
/** All that a night mounts, connects and starts ends with its shell, the first process of its namespace. */
const IN_NAMESPACE = `
set -e
mount -t tmpfs night "$1"
mount -t tmpfs shm /dev/shm
shift
"$@"
exit $?`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    nights: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '1' },
    crowd: { type: 'string' },
    faults: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    history: { type: 'string' },
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
const first = Number(values.seed)
const queue = Array.from({ length: Number(values.nights) }, (_, index) => first + index)
let failures = 0
await Promise.all(
  Array.from({ length: Number(values['at-once']) }, async () => {
    for (let seed = queue.shift(); seed !== undefined; seed = queue.shift())
      if (!(await passNight(seed))) failures++
  }),
)
if (failures === 0) rmSync(output, { recursive: true })
else console.error(`what happened: ${output}`)
process.exitCode = failures === 0 ? 0 : 1

/** @param {number} seed */
async function passNight(seed) {
  const base = mkdtempSync(join(tmpdir(), 'cac-night-'))
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc']
  const scripts = process.env.CROSS_AGENT_REFERENCE
  const args = [
    ...['--seed', String(seed), '--minutes', values.minutes, '--base', base, '--build', root],
    ...['--body', join(root, 'test/night/world/body.mjs'), '--output', output],
    ...(scripts === undefined ? [] : ['--scripts', scripts]),
    ...(values.crowd === undefined ? [] : ['--crowd', values.crowd]),
    ...(values.faults === undefined ? [] : ['--faults', values.faults]),
  ]
  const shell = ['sh', '-c', IN_NAMESPACE, 'sh', base, process.execPath, program, ...args]
  const child = spawn('unshare', [...namespaces, '--', ...shell], { stdio: 'inherit' })
  const status = await new Promise((resolve) => child.once('close', resolve))
  rmdirSync(base)
  return status === 0
}

/** @param {string} why @returns {never} */
function stop(why) {
  console.error(`test:night: ${why}`)
  process.exit(2)
}
