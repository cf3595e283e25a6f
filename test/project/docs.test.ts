import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.mjs'
import { CONTRACT_IDS } from '../conformance/contract-ids.mjs'

const documents = ['', 'docs/'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}${name}`),
)
const read = (document: string) => readFileSync(join(root, document), 'utf8')

describe('the documents', () => {
  it('have a row for every id of the contract, or an entry where no script had the fault', () => {
    const rows = read('docs/differences.md')
    const entries = read('CHANGELOG.md')
    const ids = [...CONTRACT_IDS].filter((id) => id !== 'rule 1')
    const isTold = (id: string) =>
      rows.includes(`\n| ${id} |`) || new RegExp(`\\((?:[^()]*, )?${id}\\)|\\(${id}, `).test(entries)
    expect(ids.filter((id) => !isTold(id))).toEqual([])
  })
  it('keep the README short', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(140)
  })
  it.each(documents)('%s leads to what is there', (document) => {
    const links = [...read(document).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = '']) => link)
    const ours = links.filter((link) => !link.startsWith('https:'))
    expect(ours.filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([])
  })
  it('name files that are there', () => {
    const names = [...read('CONTRIBUTING.md').matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = '']) => name)
    const general = names.filter((name) => !/COMMAND|NAME|AGENT/.test(name))
    const folders = ['', 'packages/core/src', 'packages/send', 'packages/send/src']
    const isThere = (name: string) => folders.some((folder) => existsSync(join(root, folder, name)))
    expect(general.length).toBeGreaterThan(30)
    expect(general.filter((name) => !isThere(name))).toEqual([])
  })
  it('name scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const named = documents.flatMap((document) =>
      [...read(document).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name),
    )
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})
