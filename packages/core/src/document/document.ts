import matter from 'gray-matter'
import type { CommandTable } from '../command/table'
import { bashCompletion } from '../completion/bash'
import { fishCompletion } from '../completion/fish'
import { completedOf } from '../completion/model'
import { zshCompletion } from '../completion/zsh'
import { type Block, bareText, parseBlocks, toMarkdown } from './markdown'
import { pageOf } from './page'
import { toManPage } from './roff'

/** The sections that a document must have, in this order. Everything else on the page comes from the option table. */
const SECTIONS = ['Description', 'Environment', 'Files', 'Examples', 'What can go wrong'] as const

type Section = (typeof SECTIONS)[number]

/** The written documentation of a command, in addition to its option table. */
export interface Document {
  readonly name: string
  /** The section of the manual: 1 for commands. */
  readonly section: number
  /** One line, for lists of commands. */
  readonly summary: string
  /** Manual pages, as `cross-agent-recv(1)`. */
  readonly seeAlso: readonly string[]
  readonly sections: Readonly<Record<Section, readonly Block[]>>
}

/** Reads `packages/<command>/<command>.md`. Throws if something is missing or has another form. */
export function parseDocument(source: string): Document {
  const { data, content } = matter(source)
  const { name, section, summary, see_also: seeAlso } = data
  if (typeof name !== 'string' || typeof section !== 'number' || typeof summary !== 'string')
    throw new Error('the front matter needs name, section and summary')
  if (!Array.isArray(seeAlso) || !seeAlso.every((page) => /^[\w-]+\(\d\)$/.test(page)))
    throw new Error('the front matter needs see_also: [page(1), …]')
  return { name, section, summary, seeAlso, sections: parseSections(parseBlocks(content)) }
}

function parseSections(blocks: readonly Block[]): Document['sections'] {
  const starts = blocks.flatMap((block, at) => (block.is === 'heading' && block.level === 2 ? [at] : []))
  const found = starts.map((start, index) => {
    const block = blocks[start]
    const title = block?.is === 'heading' ? bareText(block.text) : ''
    return [title, blocks.slice(start + 1, starts[index + 1])] as const
  })
  const titles = found.map(([title]) => title)
  if (starts[0] !== 0 || titles.join() !== SECTIONS.join())
    throw new Error(`the sections must be ${SECTIONS.join(', ')}; they are ${titles.join(', ')}`)
  const [description, environment, files, examples, wrong] = found.map(([, content]) => content)
  return {
    Description: description ?? [],
    Environment: environment ?? [],
    Files: files ?? [],
    Examples: examples ?? [],
    'What can go wrong': wrong ?? [],
  }
}

/** A command's page as a man page and as Markdown, made from its document and its option table (contract C8). */
export function pageTexts(
  source: string,
  table: CommandTable,
  made: { readonly product: string; readonly version: string },
): { readonly man: string; readonly markdown: string } {
  const document = parseDocument(source)
  const page = pageOf(document, table)
  return { man: toManPage(document, page, made), markdown: toMarkdown(document, page) }
}

/** The completion scripts of these commands, by shell (contract C8). */
export function completionScripts(tables: readonly CommandTable[]): Readonly<Record<string, string>> {
  const completed = tables.map(completedOf)
  return {
    bash: bashCompletion(completed),
    zsh: zshCompletion(completed),
    fish: fishCompletion(completed),
  }
}
