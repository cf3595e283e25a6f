import { describe, expect, it } from 'vitest'
import { helpText } from '../../packages/core/src/command/help'
import { tables } from '../support/tables'

describe.each(tables)('$name --help', (table) => {
  it('reads as recorded', async () => {
    await expect(await helpText(table)).toMatchFileSnapshot(`snapshots/${table.name}.txt`)
  })
  it('fits 80 columns', async () => {
    const lines = (await helpText(table)).split('\n')
    expect(lines.filter((line) => Array.from(line).length > 80)).toEqual([])
  })
  it('begins with the description of the script and names every option', async () => {
    const help = await helpText(table)
    expect(help).toMatch(new RegExp(`^Usage: ${table.name} .*\n\n`))
    expect(help.slice(help.indexOf('\n\n') + 2).startsWith(table.description)).toBe(true)
    for (const flag of Object.keys(table.options)) expect(help).toContain(`--${flag} `)
  })
})
