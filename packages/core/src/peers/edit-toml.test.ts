import parse from '@iarna/toml/parse-string.js'
import { describe, expect, it } from 'vitest'
import { editToml, type TomlChange } from './edit-toml'

const ROOT: TomlChange = { list: ['local', 'roots'], items: ['~/code'] }
const SIGNER: TomlChange = { list: ['trust', 'signers'], items: ['AB'] }
const OAK: TomlChange = { table: ['peers', 'oak'], keys: { host: 'oak.local', ssh_user: 'me' } }
const OAK_LINES = '[peers.oak]\nhost = "oak.local"\nssh_user = "me"\n'

const edited = (text: string, ...changes: TomlChange[]) => editToml(text, changes, '/p')

describe('C34 peers.toml is edited: a list', () => {
  it.each<[string, string, string]>([
    ['no file', '', '[local]\nroots = ["~/code"]\n'],
    ['other tables', '[peers.elm]\nhost = "e"\n', '[peers.elm]\nhost = "e"\n\n[local]\nroots = ["~/code"]\n'],
    ['no final newline', '[peers.elm]', '[peers.elm]\n\n[local]\nroots = ["~/code"]'],
    ['a blank line at the end', '[peers.elm]\n\n', '[peers.elm]\n\n[local]\nroots = ["~/code"]\n'],
    ['only a comment', '# mine\n', '# mine\n\n[local]\nroots = ["~/code"]\n'],
    [
      'a table without it',
      '[local] # here\n\n# of elm\n[peers.elm]\n',
      '[local] # here\nroots = ["~/code"]\n\n# of elm\n[peers.elm]\n',
    ],
    [
      'a table with another key',
      '[local]\n  name = "oak" # mine\n\n[peers.elm]',
      '[local]\n  name = "oak" # mine\n  roots = ["~/code"]\n\n[peers.elm]',
    ],
    ['a table at the end', '[local]', '[local]\nroots = ["~/code"]'],
    ['an empty list', '[local]\nroots = []', '[local]\nroots = ["~/code"]'],
    [
      'a list',
      '[local]\nroots = ["~/projects"] # mine\n',
      '[local]\nroots = ["~/projects", "~/code"] # mine\n',
    ],
    [
      'a comma at the end',
      "[local]\nroots = ['~/projects', ]\n",
      `[local]\nroots = ['~/projects', "~/code", ]\n`,
    ],
    [
      'a list over lines',
      '[local]\nroots = [\n\t"~/a", # a\n\t"~/b" # b, ]\n\t# end\n]\n',
      '[local]\nroots = [\n\t"~/a", # a\n\t"~/b", # b, ]\n\t"~/code"\n\t# end\n]\n',
    ],
    [
      'the same with a comma',
      '[local]\nroots = [\n  "~/a",\n]\n',
      '[local]\nroots = [\n  "~/a",\n  "~/code",\n]\n',
    ],
    [
      'a comma on a line of its own',
      '[local]\nroots = [ "~/a"\n  , # then\n]\n',
      '[local]\nroots = [ "~/a"\n  , # then\n  "~/code",\n]\n',
    ],
    [
      'commas at the beginning',
      '[local]\nroots = [\n    "~/a"\n  , "~/b"\n  ]\n',
      '[local]\nroots = [\n    "~/a"\n  , "~/b",\n  "~/code"\n  ]\n',
    ],
    [
      'a closing bracket on the last line',
      '[local]\nroots = ["~/a",\n  "~/b"]\n',
      '[local]\nroots = ["~/a",\n  "~/b", "~/code"]\n',
    ],
    [
      'an empty list over lines',
      '[local]\nroots = [\n  # none yet\n]\n',
      '[local]\nroots = [\n  "~/code"\n  # none yet\n]\n',
    ],
    [
      'CRLF',
      '[local]\r\nroots = [\r\n  "~/a"\r\n]\r\n',
      '[local]\r\nroots = [\r\n  "~/a",\r\n  "~/code"\r\n]\r\n',
    ],
    ['CRLF without the table', '[peers.elm]\r\n', '[peers.elm]\r\n\r\n[local]\r\nroots = ["~/code"]\r\n'],
    [
      'a dotted key',
      'local.roots = ["~/a"]\n[peers.elm]\n',
      'local.roots = ["~/a", "~/code"]\n[peers.elm]\n',
    ],
    [
      'a dotted key beside',
      'local.name = "oak"\n[peers.elm]\n',
      'local.name = "oak"\nlocal.roots = ["~/code"]\n[peers.elm]\n',
    ],
    ['an inline table', 'local = { roots = ["~/a"] }\n', 'local = { roots = ["~/a", "~/code"] }\n'],
    [
      'an inline table without it',
      'local = { name = "oak" }\n',
      'local = { name = "oak", roots = ["~/code"] }\n',
    ],
    ['an empty inline table', 'local = {}\n', 'local = { roots = ["~/code"] }\n'],
    ['keys in quotes', `["local"]\n'roots' = ["~/a"]\n`, `["local"]\n'roots' = ["~/a", "~/code"]\n`],
    [
      'look-alikes in texts',
      '[x]\na = """\n[local]\nroots = []\n"""\nb = \'\'\'[local]\'\'\'\n# [local]\n[local]\nroots = ["[", "#"]\n',
      '[x]\na = """\n[local]\nroots = []\n"""\nb = \'\'\'[local]\'\'\'\n# [local]\n[local]\nroots = ["[", "#", "~/code"]\n',
    ],
    [
      'a table of that name elsewhere',
      '[x.local]\nroots = ["~/a"]\n',
      '[x.local]\nroots = ["~/a"]\n\n[local]\nroots = ["~/code"]\n',
    ],
    [
      'a table below it',
      '[trust.from.mill]\nsigners = ["CD"]\n',
      '[trust.from.mill]\nsigners = ["CD"]\n\n[local]\nroots = ["~/code"]\n',
    ],
    [
      'dates and numbers',
      'a = 1979-05-27 07:32:00\nb = [1, 2.5, -inf]\nlocal.roots = []\n',
      'a = 1979-05-27 07:32:00\nb = [1, 2.5, -inf]\nlocal.roots = ["~/code"]\n',
    ],
  ])('%s', async (_, before, after) => {
    expect(await edited(before, ROOT)).toBe(after)
  })

  it('keeps a supertable after its table', async () => {
    const before = '[trust.from.mill]\nsigners = ["CD"]\n'
    expect(await edited(before, SIGNER)).toBe(`${before}\n[trust]\nsigners = ["AB"]\n`)
  })

  it('several changes, and several items', async () => {
    const both: TomlChange = { list: ['local', 'roots'], items: ['~/projects', '~/it\'s "so" \\ ü'] }
    expect(await edited('', both, SIGNER, OAK)).toBe(
      `[local]\nroots = ["~/projects", "~/it's \\"so\\" \\\\ ü"]\n\n[trust]\nsigners = ["AB"]\n\n${OAK_LINES}`,
    )
  })
})

describe('C34 peers.toml is edited: a table', () => {
  it.each<[string, string, string]>([
    ['no file', '', OAK_LINES],
    ['another peer', '[peers.elm]\nhost = "e"\n', `[peers.elm]\nhost = "e"\n\n${OAK_LINES}`],
    [
      'an inline table of peers',
      'peers = { elm = {} }\n',
      'peers = { elm = {}, oak = { host = "oak.local", ssh_user = "me" } }\n',
    ],
    ['CRLF', '[local]\r\n', '[local]\r\n\r\n[peers.oak]\r\nhost = "oak.local"\r\nssh_user = "me"\r\n'],
  ])('%s', async (_, before, after) => {
    expect(await edited(before, OAK)).toBe(after)
  })

  it('a name in quotes, and no keys', async () => {
    expect(await edited('', { table: ['peers', 'a b."c'], keys: {} })).toBe('[peers."a b.\\"c"]\n')
  })
})

describe('C34 peers.toml is not edited if that is not sure to keep it', () => {
  it.each<[string, string, TomlChange]>([
    ['the table is there', '[peers.oak]\nhost = "other"\n', OAK],
    ['the list is a text', '[local]\nroots = "~/code"\n', ROOT],
    ['the table is a text', 'local = "x"\n', ROOT],
    ['the table is a list', '[[local]]\nroots = []\n', ROOT],
    ['keys with escapes', 'local = { "\\u0072oots" = ["~/a"] }\n', ROOT],
    ['a name that means something to the language', '', { table: ['peers', '__proto__'], keys: {} }],
    ['half a character', '', { list: ['local', 'roots'], items: ['\ud800'] }],
  ])('%s', async (_, before, change) => {
    await expect(edited(before, change)).rejects.toMatchObject({
      kind: 'peers-file',
      message: 'cannot add to /p and be sure that all else stays: nothing was changed',
    })
  })

  it('gives the lines to write by hand, with what is there', async () => {
    await expect(edited('local = { "\\u0072oots" = ["~/a"] }\n', ROOT)).rejects.toMatchObject({
      hints: ['write this into it by hand:', '[local]', 'roots = ["~/a", "~/code"]'],
    })
    await expect(edited('[peers.oak]\n', OAK)).rejects.toMatchObject({
      hints: ['write this into it by hand:', ...OAK_LINES.trimEnd().split('\n')],
    })
  })
})

/** The parts that a file is put together from. Each is valid beside the others, in any order. */
const PARTS = [
  '# a comment\n',
  '\n',
  '[peers.elm]\nhost = "[local]" # roots = [\n',
  '[peers."a.b"]\nssh_user = \'x\'\n\n',
  '[trust]\nsigners = [\n  "AA", # one\n\n  "BB"\n  # end ]\n]\n',
  '[trust.from.mill]\nsigners = ["CC",]\n',
  '[local]\n\troots = [ "~/a" , ]\n\tname = "x"\n',
  '[projects.p]\ninbox_path = """\n~/x"""\n',
  '[[odd]]\nlist = [[1, 2], ["]"]]\n[odd.t]\nx = { y = [ ] }\n',
]

it('C34 whatever stands in peers.toml stays, in its order', async () => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31
    return Math.floor((seed / 2 ** 31) * below)
  }
  for (let round = 0; round < 200; round++) {
    const parts = [...PARTS].sort(() => random(3) - 1).slice(random(PARTS.length))
    const joined = parts.join('')
    // The parser refuses CRLF after a comment.
    const isUnix = random(2) === 0 || joined.includes('#')
    const lines = isUnix ? joined : joined.replaceAll('\n', '\r\n')
    const before = random(2) === 0 ? lines : lines.replace(/[\r\n]+$/, '')
    const after = await edited(before, ROOT, SIGNER, OAK)
    expect(isWithin(before, after), JSON.stringify({ before, after })).toBe(true)
    expect(after.replaceAll('\r\n', '').includes('\r')).toBe(false)
    const { local, trust, peers } = parse(after)
    expect(local).toMatchObject({ roots: expect.arrayContaining(['~/code']) })
    expect(trust).toMatchObject({ signers: expect.arrayContaining(['AB']) })
    expect(peers).toMatchObject({ oak: { host: 'oak.local', ssh_user: 'me' } })
  }
})

/** Whether `before` is left if some characters of `after` are taken away. */
function isWithin(before: string, after: string): boolean {
  let at = 0
  for (const character of after) if (character === before.charAt(at)) at++
  return at === before.length
}
