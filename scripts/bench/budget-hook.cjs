// @ts-check
/**
 * Loaded by node before a command (`--require`): notes when the command comes past certain places, and writes
 * that to the file BENCH_MARKS when it exits. BENCH_BUNDLE is the file that holds the command. Nanoseconds of
 * the monotonic clock, which whoever started the process can read as well. What it costs lies between `hooked`
 * and `ready`, and between `done` and `reported`, and so in no part of the budget.
 */
/** @type {Record<string, bigint>} */
const marks = { hooked: process.hrtime.bigint() }

/** @param {string} name */
const mark = (name) => {
  marks[name] ??= process.hrtime.bigint()
}

/** @type {typeof import('node:vm')} */
const vm = module.require('node:vm')
/** @type {typeof import('node:fs')} */
const { openSync, writeSync } = module.require('node:fs')
const { BENCH_BUNDLE: bundle, BENCH_MARKS: path = '' } = process.env
const file = openSync(path, 'w')

/** The first thing that a command does is to read its arguments: its modules are evaluated by then. */
const markFirstLookAtArguments = () => {
  const { argv } = process
  Object.defineProperty(process, 'argv', {
    configurable: true,
    get() {
      mark('evaluated')
      Object.defineProperty(process, 'argv', { value: argv, writable: true, configurable: true })
      return argv
    },
  })
}

const { Script } = vm
vm.Script = class extends Script {
  /** @param {ConstructorParameters<typeof Script>} args */
  constructor(...args) {
    const [, options] = args
    const isBundle = typeof options === 'object' && options.filename === bundle
    if (isBundle) {
      // Node itself looks at the arguments, but not after this.
      markFirstLookAtArguments()
      mark('read')
    }
    super(...args)
    if (isBundle) mark('compiled')
  }
}

process.once('exit', () => {
  mark('done')
  // When the process came to be; asking for that loads a part of node, hence not before.
  marks.created = process.hrtime.bigint() - BigInt(Math.round(performance.now() * 1e6))
  mark('reported')
  const fields = Object.entries(marks).map(([name, time]) => `"${name}":"${time}"`)
  writeSync(file, `{${fields.join(',')}}`)
})
mark('ready')
