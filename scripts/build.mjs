// @ts-check
/** Bundles each command into one CommonJS file with everything inside: packages/<command>/dist/. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleOf, commands, manifest, root } from './project.mjs'

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // import() of a module becomes a require() at that place: nothing is loaded before its branch runs.
  supported: { 'dynamic-import': false },
  legalComments: 'none',
  logLevel: 'warning',
}

/**
 * Carries the libraries that are imported by import() as text, which is compiled when it is asked for. V8
 * scans every function of a file when it loads it, also those that never run: as code, yargs and fast-glob
 * cost each run 4 of the 17 ms that it has before Python would win.
 * @type {import('esbuild').Plugin}
 */
const librariesAsText = {
  name: 'libraries-as-text',
  setup(bundle) {
    bundle.onResolve({ filter: /^[^.]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      const isOurs = path.startsWith('@cac/') || path.startsWith('node:')
      if (kind !== 'dynamic-import' || isOurs || pluginData === 'resolved') return undefined
      const { path: found, errors } = await bundle.resolve(path, {
        kind,
        importer,
        resolveDir,
        pluginData: 'resolved',
      })
      return { path: found, errors, namespace: 'library' }
    })
    bundle.onLoad({ filter: /./, namespace: 'library' }, async ({ path }) => {
      const library = await build({
        ...common,
        entryPoints: [path],
        minify: true,
        write: false,
        define: { 'import.meta.url': 'importMetaUrl' },
      })
      const text = library.outputFiles[0]?.text ?? ''
      return {
        contents: `
          import { pathToFileURL } from 'node:url'
          const library = { exports: {} }
          const run = new Function('require', 'module', 'exports', '__filename', 'importMetaUrl', ${JSON.stringify(text)})
          run(require, library, library.exports, __filename, pathToFileURL(__filename).href)
          export default library.exports.__esModule ? library.exports.default : library.exports`,
      }
    })
  },
}

/** Builds all commands, or those named. */
export async function buildAll(names = commands) {
  await Promise.all(
    names.map((command) =>
      build({
        ...common,
        entryPoints: [`${root}/packages/${command}/src/cli.ts`],
        outfile: bundleOf(command),
        define: { VERSION: JSON.stringify(manifest.version) },
        plugins: [librariesAsText],
      }),
    ),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildAll(process.argv.length > 2 ? process.argv.slice(2) : commands)
