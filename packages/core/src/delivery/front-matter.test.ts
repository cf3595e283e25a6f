import { describe, expect, it } from 'vitest'
import { beginsFrontMatter, type FrontMatter, readFrontMatter } from './front-matter'

async function fieldsOf(block: string): Promise<Record<string, string>> {
  const found = await readFrontMatter(`---\n${block}\n---\nbody`)
  if (found?.is !== 'fields') throw new Error(JSON.stringify(found))
  return Object.fromEntries(found.fields)
}

async function problemOf(text: string): Promise<string> {
  const found = await readFrontMatter(text)
  if (found?.is !== 'unmappable') throw new Error(JSON.stringify(found))
  expect(found.hint).not.toBe('')
  expect(found.problem).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
  return found.problem
}

describe('C4 front matter', () => {
  it('C4 keeps fields in order, values as written', async () => {
    const block = [
      'title: Three sacks, please # a comment',
      'Conversation-Id: 007',
      'message_type: "request"',
      'sequence: 1_0',
      'timestamp: 2026-04-27T04:11:42-05:00',
      'PROTOCOL_VERSION: 5',
      'due: 2026-05-01',
      'urgent: yes',
      'weight: 1.50',
      'nothing: null',
      'empty:',
      'tags: [flour, 2026-05-01, no]',
    ].join('\n')
    expect(Object.entries(await fieldsOf(block))).toEqual([
      ['TITLE', 'Three sacks, please'],
      ['CONVERSATION_ID', '007'],
      ['MESSAGE_TYPE', 'request'],
      ['SEQUENCE', '1_0'],
      ['TIMESTAMP', '2026-04-27T04:11:42-05:00'],
      ['PROTOCOL_VERSION', '5'],
      ['DUE', '2026-05-01'],
      ['URGENT', 'yes'],
      ['WEIGHT', '1.50'],
      ['NOTHING', 'null'],
      ['EMPTY', ''],
      ['TAGS', 'flour, 2026-05-01, no'],
    ])
  })

  it.each([
    ['---\ntitle: a\n---\nbody', 'body'],
    ['---\ntitle: a\n---\n\n\n body \n\n', '\n\n body \n\n'],
    ['---\r\ntitle: a\r\n---\r\nbody\r\n', 'body\r\n'],
    ['\ufeff---\ntitle: a\n---\nbody', 'body'],
    ['--- \t\ntitle: a\n---\t \nbody', 'body'],
    ['---\n\t\ntitle:\ta\t\n\t\n---\nbody', 'body'],
    ['---\ntitle:\n  a\n---\nbody', 'body'],
    ['---\n\n# note\ntitle: a # why\n\n---\nbody', 'body'],
    ['---\ntitle: a\n---', ''],
    ['---\ntitle: a\n---\r', ''],
    ['---\ntitle: a\n---\nbody\n---\nmore: b\n---\n', 'body\n---\nmore: b\n---\n'],
    ['---\ntitle: a\n---\n---\nbody', '---\nbody'],
    ['---\ntitle: a\n---\n\ufeffbody\u2028x\r', '\ufeffbody\u2028x\r'],
  ])('C4 leaves the body as it is: %j', async (text, body) => {
    const expected: FrontMatter = { is: 'fields', fields: new Map([['TITLE', 'a']]), body }
    expect(await readFrontMatter(text)).toEqual(expected)
  })

  it.each([
    '',
    'text',
    '---',
    '----\ntitle: a\n----\n',
    '---js\nmodule.exports = {}\n---\n',
    '---json\n{"title": "a"}\n---\n',
    '---yaml\ntitle: a\n---\n',
    ' ---\ntitle: a\n---\n',
    '\n---\ntitle: a\n---\n',
    '#+TITLE: a\n---\n',
  ])('C4 is only where the first line is ---: %j', async (text) => {
    expect(beginsFrontMatter(text)).toBe(false)
    expect(await readFrontMatter(text)).toBeUndefined()
  })

  it('C4 is empty where the block is', async () => {
    for (const block of ['', '\n\n', '# only a comment', '  ']) expect(await fieldsOf(block)).toEqual({})
    const found = await readFrontMatter('---\n---\nbody')
    expect(found).toEqual({ is: 'fields', fields: new Map(), body: 'body' })
  })

  it.each([
    ['title: {a: b}', "'title'"],
    ['title:\n  a: b', "'title'"],
    ['tags: [[a]]', "'tags'"],
    ['tags: [{a: b}]', "'tags'"],
    ['tags: [a, ]\nmore: [a, "b\\nc"]', "'more'"],
    ['tags:\n  - a\n  -', "'tags'"],
    ['title: |\n  a\n  b', "several lines in 'title: |'"],
    ['title: a\n  b', "several lines in 'title: a'"],
    ['title: "a\n  b"\nmore: c', "several lines in 'title: \"a'"],
    ['tags:\n  - a\n  - b\n    c', "several lines in '  - b'"],
    ['title: "a\\x0bb"', "'title'"],
    ['title: "a\\u2028b"', "'title'"],
    ['title: "a\\0b"', "'title'"],
    ['title: "a\\ud800"', "'title'"],
    ['title: a\nTitle: b', "'title' and 'Title'"],
    ['in-reply-to: a\nin_reply_to: b', "'in-reply-to' and 'in_reply_to'"],
    ['title: a\ntitle: b', "'title: b'"],
    ['titel 2: a', "'titel 2'"],
    ['1: a', "'1'"],
    ['"a\\nb": a', "'a\\nb'"],
    ['größe: a', "'größe'"],
    ['? [a, b]\n: c', "'a,b'"],
    ['title: !!js/function "function () {}"', 'js/function'],
    ['title: !!binary aGk=', 'binary'],
    ['title: a\n\tb: c', "a tab before 'b: c'"],
    ['tags:\n \t - a', "a tab before '- a'"],
    ['title: a\n---x: b', 'begins with ---'],
    ['just text', 'no fields'],
    ['- a\n- b', 'no fields'],
    ['title: "a', 'cannot be read'],
    ['title: a\n...\nmore: b', 'cannot be read'],
    ['title: \x1b[2J', 'cannot be read'],
  ])('C4 names what cannot be mapped: %j', async (block, named) => {
    expect(await problemOf(`---\n${block}\n---\nbody`)).toContain(named)
  })

  it('C4 says that the closing line is missing', async () => {
    for (const text of ['---\ntitle: a\n', '---\n', '---\ntitle: a\n----\n', '---\ntitle: a\n ---\n'])
      expect(await problemOf(text)).toContain('no closing line ---')
  })

  it('C4 keys of objects are keys like others', async () => {
    const before = Object.keys(Object.prototype)
    expect(await fieldsOf('__proto__: a\nconstructor: b\nhasOwnProperty: c')).toEqual({
      ...Object.fromEntries([['__PROTO__', 'a']]),
      CONSTRUCTOR: 'b',
      HASOWNPROPERTY: 'c',
    })
    expect(await problemOf('---\n__proto__: {title: a}\n---\n')).toContain("'__proto__'")
    expect(Object.keys(Object.prototype)).toEqual(before)
  })

  it('C4 never runs code', async () => {
    const code = 'globalThis.frontMatterRan = true'
    for (const language of ['js', 'javascript', 'coffee', 'cson', 'json', 'toml'])
      await readFrontMatter(`---${language}\n${code}\n---\n`)
    for (const tag of ['!!js/function', '!!js/eval', '!<tag:yaml.org,2002:js/function>'])
      await readFrontMatter(`---\ntitle: ${tag} "function () { ${code} }"\n---\n`)
    await readFrontMatter(`---\nlanguage: js\n${code}\n---\n`)
    expect('frontMatterRan' in globalThis).toBe(false)
  })

  it('C4 expands no alias, however small the text', async () => {
    const laughs = ['a0: &a0 [x, x]']
    for (let level = 1; level < 100; level++) laughs.push(`a: &a${level} [${`*a${level - 1}, `.repeat(9)}x]`)
    expect(await problemOf(`---\n${laughs.join('\n')}\n---\n`)).toContain('&a0')
    expect(await problemOf('---\na: &x [*x]\n---\n')).toContain('&x')
    expect(await problemOf('---\n&x a: b\nc: *x\n---\n')).toContain('&x')
    expect(await problemOf('---\n? &k [a, b]\n: *k\n---\n')).toContain('&k')
    expect(await problemOf('---\na: *x\n---\n')).toContain('cannot be read')
    expect(await fieldsOf('a: "&x *y"\n"<<": b'.replace('"<<": b', 'b: c & d * e'))).toEqual({
      A: '&x *y',
      B: 'c & d * e',
    })
  })

  it('C4 is bounded in length and depth', async () => {
    expect(await problemOf(`---\na: ${'['.repeat(8000)}\n---\n`)).toContain('20 levels')
    const deep = `${'['.repeat(30)}x${']'.repeat(30)}`
    expect(await problemOf(`---\na: ${deep}\n---\n`)).toContain('20 levels')
    expect(await problemOf(`---\na: ${'x'.repeat(20_000)}\n---\n`)).toContain('longer than')
    const long = await problemOf(`---\n${'k'.repeat(9000)}1: a\n---\n`)
    expect(long.length).toBeLessThan(200)
  })

  it('C4 answers for any text: fields that fit a header, or a named problem', async () => {
    const parts = [
      'a',
      ': ',
      '\n',
      '\t',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&x ',
      '*x',
      '"',
      "'",
      '|',
      '>',
      '? ',
      '!',
      '%',
    ]
    let state = 20_260_427
    const next = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return state % below
    }
    for (let round = 0; round < 2000; round++) {
      const length = next(24)
      const block = Array.from({ length }, () => parts[next(parts.length)]).join('')
      const found = await readFrontMatter(`---\n${block}\n---\nbody`)
      if (found?.is === 'unmappable') expect(found.problem).not.toMatch(/[\x00-\x1f]/)
      else {
        expect(found?.body.endsWith('body'), JSON.stringify(block)).toBe(true)
        for (const [key, value] of found?.fields ?? []) {
          expect(key).toMatch(/^[A-Z_]+$/)
          expect(value).not.toMatch(/[\n\r]/)
        }
      }
    }
  })
})
