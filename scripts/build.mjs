// @ts-check
/**
 * Bundles each command into packages/<command>/dist/: NAME.cjs, which runs NAME.main.js, its code with all that every
 * run needs, NAME.parts with the rest, the code cache for this node, and what documents.mjs makes.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { cacheCode, codeId } from './cache-code.mjs'
import { writeDocuments } from './documents.mjs'
import { LICENSES, licensesOf } from './licenses.mjs'
import { binOf, commands, mainOf, manifest, root } from './project.mjs'

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // import() of a module becomes a require() at that place: nothing is loaded before its branch runs.
  supported: { 'dynamic-import': false },
  // Of a library that comes in two forms, the one that can be bundled.
  mainFields: ['module', 'main'],
  // Their licences are in a file of their own: licenses.mjs.
  legalComments: 'none',
  metafile: true,
  minify: true,
  logLevel: 'warning',
}

const OURS = `${root}/packages/`

/** Characters: a library that is longer is packed, for the sake of all the runs that do without it. */
const PACKED_FROM = 50_000

/**
 * Our own modules that are carried in the same way, because few runs need them. Each has its own copy of all that it
 * imports: what goes in and out is data, objects whose class nobody asks for, and Failure.
 */
const APART = new Set(
  [
    'core/src/command/help.ts',
    'core/src/command/usage.ts',
    'core/src/delivery/destination-path.ts',
    'core/src/delivery/header-hint.ts',
    'core/src/delivery/signing-advice.ts',
    'core/src/delivery/signing-obstacle.ts',
    'core/src/doctor/doctor.ts',
    'core/src/mailbox/thread-signatures.ts',
    'core/src/project/missing-root.ts',
    'core/src/text/nearest.ts',
    'discover/src/add.ts',
    'discover/src/add-root.ts',
    'send/src/deliver-to-peer.ts',
    'send/src/retry-failed.ts',
    'status/src/page/follow-page.ts',
    'status/src/page/write-page.ts',
    'send/src/send-to-several.ts',
    'send/src/unattended.ts',
    'send/src/wait.ts',
    'status/src/follow.ts',
  ].map((module) => `${OURS}${module}`),
)

/** A library has what it exports as its default export. */
const LIBRARY_AS_MODULE = `
          const { exports } = library
          export default exports.__esModule && 'default' in exports ? exports.default : exports`

/** The module that all parts of a command share: their file is read once, for some runs ask for several. */
const PARTS_READER = 'parts-reader'
const READ_PART = `
          const file = __filename.replace(/main[.]js$/, 'parts')
          let lines
          export function readPart(label) {
            try {
              lines ??= require('node:fs').readFileSync(file, 'utf8').split('\\n')
            } catch {
              // The system's error, with its code, could pass for one of a message.
            }
            const text = lines?.find((line) => line.startsWith(label))?.slice(label.length)
            if (text === undefined) throw new Error(file + ' cannot be read or is damaged: install the command again')
            return text
          }`

/** `import('./FILE?raw')` gives the text of a file, as vite does it in tests. */
const RAW = /\?raw$/

/**
 * Carries the libraries and texts that are imported by import() in NAME.parts: a line for each, compiled when it is
 * asked for. node reads a file from end to end, and V8 scans every function and string of it, also those that never
 * run: as code, yargs and fast-glob would cost each run 4 ms.
 * @param {Set<string>} inputs gets the paths of their files
 * @returns {import('esbuild').Plugin}
 */
function librariesAsParts(inputs) {
  return {
    name: 'libraries-as-parts',
    setup(bundle) {
      /** @type {Map<string, string>} */
      const carried = new Map()
      bundle.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind !== 'dynamic-import' || path.startsWith('node:') || pluginData === 'resolved')
          return undefined
        const { path: found, errors } = await bundle.resolve(path.replace(RAW, ''), {
          kind,
          importer,
          resolveDir,
          pluginData: 'resolved',
        })
        if (found.startsWith(OURS) && !APART.has(found) && !RAW.test(path)) return undefined
        return { path: found, errors, namespace: 'library', pluginData: path }
      })
      bundle.onResolve({ filter: new RegExp(`^${PARTS_READER}$`) }, ({ path }) => ({
        path,
        namespace: 'parts',
      }))
      bundle.onLoad({ filter: /./, namespace: 'parts' }, () => ({ contents: READ_PART }))
      bundle.onLoad({ filter: /./, namespace: 'library' }, async ({ path, pluginData: name }) => {
        // One name for all importers: `./failures` is many files.
        const label = `${path.startsWith(OURS) ? path.slice(OURS.length) : name} `
        const text = RAW.test(name) ? textModule(path) : await libraryCode(path, inputs)
        const isPacked = text.length > PACKED_FROM
        carried.set(label, isPacked ? brotliCompressSync(text).toString('base64') : JSON.stringify(text))
        const unpacked = isPacked
          ? "require('node:zlib').brotliDecompressSync(Buffer.from(text, 'base64')).toString()"
          : 'JSON.parse(text)'
        const url = text.includes('importMetaUrl') ? "require('node:url').pathToFileURL(__filename).href" : ''
        return {
          contents: `
          const { readPart } = require('${PARTS_READER}')
          const text = readPart(${JSON.stringify(label)})
          const library = { exports: {} }
          const run = new Function('require', 'module', 'exports', '__filename', 'importMetaUrl', ${unpacked})
          run(require, library, library.exports, __filename, ${url || "''"})
          ${APART.has(path) ? 'module.exports = library.exports' : LIBRARY_AS_MODULE}`,
        }
      })
      bundle.onEnd(({ outputFiles }) => {
        const lines = Array.from(carried, ([label, text]) => `${label}${text}\n`)
        for (const { path, text } of outputFiles ?? []) {
          requireAscii(text, path)
          writeFileSync(path, text)
          writeFileSync(path.replace(/main[.]js$/, 'parts'), lines.join(''))
        }
      })
    },
  }
}

/**
 * One other character doubles the memory of the whole file, and what it takes to load: each start is 3 % slower.
 * @param {string} code
 * @param {string} path
 */
function requireAscii(code, path) {
  const [, before, character] = /(.{0,40})([^\0-\x7f])/.exec(code) ?? []
  if (character !== undefined)
    throw new Error(`${path}: ${character} is not ASCII: write it as \\u… (behind ${before})`)
}

/**
 * What parts of our own that are carried import by import() is as in a bundle, but carried with them.
 * @type {import('esbuild').Plugin}
 */
const importsAsInBundle = {
  name: 'imports-as-in-bundle',
  setup(bundle) {
    bundle.onResolve({ filter: RAW }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.replace(RAW, '')),
      namespace: 'text',
    }))
    bundle.onLoad({ filter: /./, namespace: 'text' }, ({ path }) => ({ contents: textModule(path) }))
    bundle.onResolve({ filter: /^[^.]/ }, ({ path, kind, resolveDir }) =>
      kind === 'dynamic-import' && !/^(node:|@cac\/)/.test(path)
        ? { path, namespace: 'library', pluginData: resolveDir }
        : undefined,
    )
    bundle.onLoad({ filter: /./, namespace: 'library' }, ({ path, pluginData: resolveDir }) => ({
      contents: `
        import * as all from ${JSON.stringify(path)}
        const { default: main } = { ...all }
        export default main ?? all`,
      resolveDir,
    }))
  },
}

/**
 * @param {string} path
 * @param {Set<string>} inputs gets the paths of its files
 */
async function libraryCode(path, inputs) {
  const { outputFiles, metafile } = await build({
    ...common,
    entryPoints: [path],
    minify: true,
    write: false,
    define: { 'import.meta.url': 'importMetaUrl' },
    plugins: [importsAsInBundle],
  })
  for (const input of Object.keys(metafile.inputs)) inputs.add(input)
  return outputFiles[0]?.text ?? ''
}

/**
 * A module that is the text of a file. In ASCII: one other character doubles what V8 keeps of the whole bundle.
 * @param {string} path
 */
function textModule(path) {
  const json = JSON.stringify(readFileSync(path, 'utf8')).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `module.exports=${json}`
}

/**
 * Node's own modules that a process does not have from its start are required when first used, not when the
 * bundle is loaded: `os` alone takes a tenth of what a command adds to an empty node.
 * @type {import('esbuild').Plugin}
 */
const builtinsOnDemand = {
  name: 'builtins-on-demand',
  setup(bundle) {
    bundle.onResolve({ filter: /^node:(os|timers\/promises)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
    )
    bundle.onLoad({ filter: /./, namespace: 'builtin' }, async ({ path }) => {
      const exported = Object.entries(await import(path)).filter(
        ([name, value]) => name !== 'default' && typeof value !== 'string',
      )
      const lines = exported.map(([name, value]) => {
        const found = `require('${path}').${name}`
        if (typeof value === 'function') return `export const ${name} = (...args) => ${found}(...args)`
        const getters = Object.keys(value).map((key) => `get ${key}() { return ${found}.${key} }`)
        return `export const ${name} = { ${getters.join(', ')} }`
      })
      return { contents: lines.join('\n') }
    })
  },
}

/** Builds all commands, or those named. */
export async function buildAll(names = commands) {
  await Promise.all(names.map(buildCommand))
  await writeDocuments(names)
}

/** @param {string} command */
async function buildCommand(command) {
  const source = `${root}/packages/${command}/src`
  const dist = dirname(binOf(command))
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist, { recursive: true })
  /** @type {Set<string>} */
  const inputs = new Set()
  const main = await build({
    ...common,
    entryPoints: [`${source}/cli.ts`],
    // A function, as node makes one of each module: what runs it is NAME.cjs, not node.
    banner: { js: '(function(require,__filename){' },
    footer: { js: '})' },
    outfile: mainOf(command),
    define: { VERSION: JSON.stringify(manifest.version) },
    plugins: [librariesAsParts(inputs), builtinsOnDemand],
    write: false,
  })
  await build({
    ...common,
    entryPoints: [`${source}/bin.ts`],
    banner: { js: '#!/usr/bin/env node' },
    outfile: binOf(command),
    define: { CODE_ID: JSON.stringify(codeId(readFileSync(mainOf(command), 'utf8'))) },
  })
  // Apart from the command: what only completion needs must not make every start longer.
  const values = await build({
    ...common,
    entryPoints: [`${root}/packages/core/src/completion/values.ts`],
    outfile: `${dist}/completion/values.cjs`,
  })
  for (const { metafile } of [main, values])
    for (const input of Object.keys(metafile.inputs)) inputs.add(input)
  writeFileSync(`${dist}/${LICENSES}`, licensesOf(inputs))
  chmodSync(binOf(command), 0o755)
  cacheCode(dist)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2)
  // A folder is removed by each name.
  const odd = names.find((name) => !commands.includes(name))
  if (odd !== undefined) {
    console.error(`no such command: ${odd}; there are ${commands.join(', ')}`)
    process.exit(2)
  }
  await buildAll(names.length > 0 ? names : commands)
}
