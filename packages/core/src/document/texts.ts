import type { CommandTable } from '../command/table'
import { bashCompletion } from '../completion/bash'
import { fishCompletion } from '../completion/fish'
import { completedOf } from '../completion/model'
import { zshCompletion } from '../completion/zsh'
import { parseDocument } from './document'
import { toMarkdown } from './markdown'
import { pageOf } from './page'
import { toManPage } from './roff'

/** The man page of a command and the same in Markdown, made of its document and its option table (contract C8). */
export function pageTexts(
  source: string,
  table: CommandTable,
  made: { readonly product: string; readonly version: string },
): { readonly man: string; readonly markdown: string } {
  const document = parseDocument(source)
  const page = pageOf(document, table)
  return { man: toManPage(document, page, made), markdown: toMarkdown(document, page) }
}

/** The scripts that complete these commands, by the shell that reads them (contract C8). */
export function completionScripts(tables: readonly CommandTable[]): Readonly<Record<string, string>> {
  const completed = tables.map(completedOf)
  return {
    bash: bashCompletion(completed),
    zsh: zshCompletion(completed),
    fish: fishCompletion(completed),
  }
}
