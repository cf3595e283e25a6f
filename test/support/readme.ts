import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/project.mjs'

/** The blocks of shell lines in a section of the README, as a reader pastes them. */
export function readmeLines(section: string): string[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const [, part = ''] = text.split(`\n## ${section}\n`)
  const [own = ''] = part.split('\n## ')
  return [...own.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
}
