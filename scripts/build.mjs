// @ts-check
/** Bundles each command into one CommonJS file with everything inside: packages/<command>/dist/. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleOf, commands, manifest, root } from './project.mjs'

export async function buildAll() {
  await Promise.all(
    commands.map((command) =>
      build({
        entryPoints: [`${root}/packages/${command}/src/cli.ts`],
        outfile: bundleOf(command),
        bundle: true,
        platform: 'node',
        target: 'node20',
        format: 'cjs',
        // import() of a module becomes a require() at that place: nothing is loaded before its branch runs.
        supported: { 'dynamic-import': false },
        define: { VERSION: JSON.stringify(manifest.version), 'import.meta.url': '__importMetaUrl' },
        banner: { js: "var __importMetaUrl = require('url').pathToFileURL(__filename).href;" },
        legalComments: 'none',
        logLevel: 'warning',
      }),
    ),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll()
