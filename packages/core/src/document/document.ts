import matter from 'gray-matter'
import { allOptions, bareValueOf } from '../command/command-line'
import { excludedWith, meaningOfOption, meaningOfPositional } from '../command/goes-with'
import { defaultOf, positionalWord } from '../command/help'
import type { CommandTable, OptionSpec } from '../command/table'
import { bashCompletion } from '../completion/bash'
import { fishCompletion } from '../completion/fish'
import { completedOf } from '../completion/model'
import { zshCompletion } from '../completion/zsh'
import {
  type Block,
  bareText,
  code,
  heading,
  paragraph,
  parseBlocks,
  place,
  plain,
  type Span,
  type Text,
  toMarkdown,
} from './markdown'
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

/**
 * The whole page of a command, combined from its document and its option table. Only the table describes options, exit
 * codes and usage (contract C8).
 */
function pageOf(document: Document, table: CommandTable): Block[] {
  if (document.name !== table.name) throw new Error(`${document.name}: the table is of ${table.name}`)
  const { sections } = document
  return [
    heading(2, 'Synopsis'),
    { is: 'paragraph', text: synopsis(table) },
    heading(2, 'Description'),
    paragraph(table.description.replaceAll('\n', ' ')),
    ...(table.details ?? []).map(paragraph),
    ...sections.Description,
    ...(table.positionals.length === 0 ? [] : [heading(2, 'Arguments'), argumentsOf(table)]),
    heading(2, 'Options'),
    optionsOf(table),
    ...(table.lists ?? []).flatMap(({ title, rows }): Block[] => [
      heading(2, title.replace(/ \(.*/, '')),
      terms(rows),
    ]),
    heading(2, 'Exit status'),
    terms(table.exitCodes.map(([number, meaning]) => [String(number), meaning])),
    heading(2, 'Environment'),
    ...sections.Environment,
    heading(2, 'Files'),
    ...sections.Files,
    heading(2, 'Examples'),
    ...table.examples.flatMap(([line, meaning]): Block[] => [
      paragraph(`${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}:`),
      { is: 'code', lines: [line.replace('$0', table.name)] },
    ]),
    ...sections.Examples,
    heading(2, 'What can go wrong'),
    ...sections['What can go wrong'],
    heading(2, 'See also'),
    paragraph(document.seeAlso.join(', ')),
  ]
}

function synopsis(table: CommandTable): Text {
  return [
    code(table.name),
    plain(' [options]'),
    ...table.positionals.map((spec) => plain(positionalWord(spec))),
  ]
}

function argumentsOf({ positionals }: CommandTable): Block {
  return {
    is: 'terms',
    items: positionals.map((spec) => ({
      term: [place(spec.name)],
      text: [plain(`${meaningOfPositional(spec)}.`)],
    })),
  }
}

function optionsOf(table: CommandTable): Block {
  return {
    is: 'terms',
    items: allOptions(table).map(([flag, spec]) => ({
      term: optionTerm(flag, spec),
      text: [plain(optionText(flag, spec, table))],
    })),
  }
}

function optionTerm(flag: string, spec: OptionSpec): Text {
  const short = flag === 'help' ? 'h' : spec.short
  const shortly: Span[] = short === undefined ? [] : [code(`-${short}`), plain(', ')]
  const isOptional = bareValueOf(spec) !== undefined
  const [open, close] = isOptional ? [' [', ']'] : [' ', '']
  const value = spec.kind === 'flag' ? [] : [plain(open), place(spec.placeholder), plain(close)]
  return [...shortly, code(`--${flag}`), ...value]
}

function optionText(flag: string, spec: OptionSpec, table: CommandTable): string {
  const excluded = excludedWith(flag, table)
  const [fallback, bare] = [defaultOf(spec), bareValueOf(spec)]
  const choices = spec.kind === 'flag' || !('choices' in spec) ? undefined : spec.choices
  return [
    `${meaningOfOption(flag, spec, table)}.`,
    ...(choices === undefined ? [] : [`One of ${choices.join(', ')}.`]),
    ...(fallback === undefined ? [] : [`Default: ${fallback}.`]),
    ...(bare === undefined || spec.kind === 'flag' ? [] : [`Without ${spec.placeholder}: ${bare}.`]),
    ...(excluded.length === 0 ? [] : [`Not with ${excluded.map((other) => `--${other}`).join(', ')}.`]),
  ].join(' ')
}

function terms(rows: readonly (readonly [string, string])[]): Block {
  return { is: 'terms', items: rows.map(([word, text]) => ({ term: [code(word)], text: [plain(text)] })) }
}
