import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/project.mjs'

/** A fenced block of a document, and the heading that it stands under. */
export interface CodeBlock {
  readonly document: string
  readonly section: string
  /** `sh`, `toml`, … or nothing. */
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a document, in order. `document` is a path below the top of the repository. */
export function codeBlocks(document: string): CodeBlock[] {
  const text = readFileSync(join(root, document), 'utf8')
  let section = ''
  return [...text.matchAll(/^#+ ([^\n]*)$|^```(\w*)\n(.*?)^```$/gms)].flatMap(
    ([, heading, language, block]) => {
      if (heading !== undefined) section = heading
      return block === undefined ? [] : [{ document, section, language: language ?? '', text: block }]
    },
  )
}

/** The blocks of shell lines in a section of the README, as a reader pastes them. */
export function readmeLines(section: string): string[] {
  const blocks = codeBlocks('README.md').filter((block) => block.section === section)
  return blocks.filter(({ language }) => language === 'sh').map(({ text }) => text)
}
