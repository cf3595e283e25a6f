import { describe, expect, it } from 'vitest'
import { readWakeLimits } from './limits-table'
import { TomlFile } from './toml-file'

const limitsOf = async (text: string) => readWakeLimits(await TomlFile.parse(text, 'peers.toml'))

describe('C24 the limits of wakes', () => {
  it('C24 are six an hour for a conversation and thirty for a project, unless the table says others', async () => {
    expect(await limitsOf('')).toEqual({ perConversation: 6, perProject: 30 })
    expect(await limitsOf('[limits]\nwakes_per_project = 7\n')).toEqual({ perConversation: 6, perProject: 7 })
    expect(await limitsOf('[limits]\nwakes_per_conversation = 0\n')).toMatchObject({ perConversation: 0 })
  })

  it.each(['wakes_per_project = "6"', 'wakes_per_project = -1', 'wakes_per_conversation = 1.5', 'wakes = 3'])(
    'C24 %s is malformed',
    async (line) => {
      await expect(limitsOf(`[limits]\n${line}\n`)).rejects.toThrow(/limits\.wakes/)
    },
  )

  it('C24 a misspelt table is no table of others', async () => {
    await expect(limitsOf('[limit]\nwakes_per_project = 1\n')).rejects.toThrow('did you mean [limits]?')
  })
})
