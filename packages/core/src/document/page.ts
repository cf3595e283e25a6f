import { allOptions } from '../command/command-line'
import { excludedWith, meaningOfOption, meaningOfPositional } from '../command/goes-with'
import { defaultOf, positionalWord } from '../command/help'
import type { CommandTable, OptionSpec } from '../command/table'
import type { Document } from './document'
import { type Block, code, heading, paragraph, place, plain, type Span, type Text } from './markdown'

/**
 * The whole page of a command, combined from its document and its option table. Only the table describes options, exit
 * codes and usage (contract C8).
 */
export function pageOf(document: Document, table: CommandTable): Block[] {
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
  const value = spec.kind === 'flag' ? [] : [plain(' '), place(spec.placeholder)]
  return [...shortly, code(`--${flag}`), ...value]
}

function optionText(flag: string, spec: OptionSpec, table: CommandTable): string {
  const excluded = excludedWith(flag, table)
  const fallback = defaultOf(spec)
  const choices = spec.kind === 'flag' || !('choices' in spec) ? undefined : spec.choices
  return [
    `${meaningOfOption(flag, spec, table)}.`,
    ...(choices === undefined ? [] : [`One of ${choices.join(', ')}.`]),
    ...(fallback === undefined ? [] : [`Default: ${fallback}.`]),
    ...(excluded.length === 0 ? [] : [`Not with ${excluded.map((other) => `--${other}`).join(', ')}.`]),
  ].join(' ')
}

function terms(rows: readonly (readonly [string, string])[]): Block {
  return { is: 'terms', items: rows.map(([word, text]) => ({ term: [code(word)], text: [plain(text)] })) }
}
