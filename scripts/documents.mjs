// @ts-check
/**
 * Writes what is made of the option tables: man pages, documents, and completion for bash, zsh and fish, with what
 * those scripts ask. The build does so.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { build } from 'esbuild'
import { binOf, commands, manifest, root } from './project.mjs'

/** The code that makes them is TypeScript, as the tables are: it is bundled and run here. */
async function loadMakers() {
  const lines = [
    "export { completionScripts, pageTexts } from './packages/core/src/document/document.ts'",
    ...commands.map((command) => `export { ${command}Table } from './packages/${command}/src/options.ts'`),
  ]
  const { outputFiles } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // Of help.ts only the words are used.
    external: ['yargs'],
    plugins: [rawText],
    logLevel: 'warning',
    write: false,
  })
  const made = { exports: {} }
  new Function('module', 'exports', 'require', outputFiles[0]?.text ?? '')(
    made,
    made.exports,
    createRequire(import.meta.url),
  )
  const { completionScripts, pageTexts, ...tables } =
    /** @type {typeof import('../packages/core/src/document/document') & Record<string, any>} */ (
      made.exports
    )
  return { completionScripts, pageTexts, tables }
}

/**
 * `import … from './FILE?raw'` gives the text of a file, as vite does it in tests.
 * @type {import('esbuild').Plugin}
 */
const rawText = {
  name: 'raw-text',
  setup(bundle) {
    bundle.onResolve({ filter: /\?raw$/ }, ({ path, resolveDir }) => ({
      path: `${resolveDir}/${path.slice(0, -'?raw'.length)}`,
      namespace: 'raw',
    }))
    bundle.onLoad({ filter: /./, namespace: 'raw' }, ({ path }) => ({
      contents: readFileSync(path, 'utf8'),
      loader: 'text',
    }))
  },
}

/**
 * Writes the documents of these commands. Each gets the completion of all: one line in a shell's start-up file then
 * does for every way to install them.
 * @param {readonly string[]} names
 */
export async function writeDocuments(names) {
  const { completionScripts, pageTexts, tables } = await loadMakers()
  const scripts = completionScripts(commands.map((command) => tables[`${command}Table`]))
  for (const command of names) {
    const dist = dirname(binOf(command))
    const source = readFileSync(`${root}/packages/${command}/${command}.md`, 'utf8')
    const { man, markdown } = pageTexts(source, tables[`${command}Table`], {
      product: manifest.name,
      version: manifest.version,
    })
    writeFileSync(`${dist}/cross-agent-${command}.1`, man)
    writeFileSync(`${dist}/cross-agent-${command}.md`, markdown)
    mkdirSync(`${dist}/completion`, { recursive: true })
    for (const [shell, text] of Object.entries(scripts))
      writeFileSync(`${dist}/completion/cross-agent.${shell}`, text)
  }
}
