import { parse } from 'jsonc-parser'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeRandom, type Random } from '../../../../test/conformance/random.mjs'
import { isLong } from '../../../../test/support/long'
import { seeds } from '../../../../test/support/seeds'
import { AGENTS } from './agents'
import { hasHooks, withHooks, withoutHooks } from './hook-entries'
import { type JsoncLibrary, loadJsonc } from './jsonc'

const TIMES = isLong ? 1000 : 100
let library: JsoncLibrary

beforeAll(async () => {
  library = await loadJsonc()
})

/** Blanks, line ends and comments between two JSON tokens. Each comment is different. */
function between(random: Random, counter: { comments: number }): string {
  const parts = Array.from({ length: random.below(4) }, () => {
    const piece = random.pick([' ', '  ', '\n', '\n  ', '\t', '\r\n', '//', '/*'])
    if (piece === '//') return `// c${counter.comments++} "x": [,{\n`
    return piece === '/*' ? `/* c${counter.comments++} }],\n */` : piece
  })
  return parts.join('')
}

interface Draw {
  readonly random: Random
  readonly counter: { comments: number }
  readonly gap: () => string
}

function list(draw: Draw, [open, close]: readonly [string, string], items: readonly string[]): string {
  const { random, gap } = draw
  const comma = items.length > 0 && random.chance(0.2) ? `,${gap()}` : ''
  return `${open}${gap()}${items.map((item) => item + gap()).join(`,${gap()}`)}${comma}${close}`
}

function object(draw: Draw, members: Readonly<Record<string, string>>): string {
  const items = draw.random
    .shuffled(Object.entries(members))
    .map(([name, value]) => `${JSON.stringify(name)}${draw.gap()}:${draw.gap()}${value}`)
  return list(draw, ['{', '}'], items)
}

function several(random: Random, make: () => string): string[] {
  return Array.from({ length: random.below(4) }, make)
}

/** An unlikely but valid settings file, with others' hooks and with our old and new hooks. */
function settingsFile(random: Random, events: readonly string[], isFlat: boolean): string {
  const counter = { comments: 0 }
  const draw = { random, counter, gap: () => between(random, counter) }
  const ours = () =>
    random.pick(['cross-agent-watch --hook x', '/old/cross-agent-watch --hook x --once', 'a --hook'])
  const handler = () =>
    random.chance(0.1)
      ? '7'
      : object(draw, {
          type: '"command"',
          command: JSON.stringify(random.chance(0.4) ? ours() : './lint "é\u2028"'),
          ...(random.chance(0.3) ? { timeout: '5', args: '[]' } : {}),
        })
  const group = () =>
    object(draw, {
      hooks: random.chance(0.1) ? 'null' : list(draw, ['[', ']'], several(random, handler)),
      ...(random.chance(0.4) ? { matcher: '"*"' } : {}),
    })
  const event = () => list(draw, ['[', ']'], several(random, isFlat ? handler : group))
  const names = [...events, 'Other'].filter(() => random.chance(0.6))
  const hooks = object(draw, Object.fromEntries(names.map((name) => [name, event()])))
  const more = {
    model: '"m"',
    env: object(draw, { A: '"1"' }),
    ...(random.chance(0.3) ? { version: '1' } : {}),
  }
  return draw.gap() + object(draw, random.chance(0.8) ? { hooks, ...more } : more) + draw.gap()
}

function comments(text: string): string[] {
  return text.match(/c\d+(?= )/g) ?? []
}

/** What others have in a file: everything without our hooks and the containers that hold nothing else. */
function others(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(others).filter((item) => item !== undefined)
  if (typeof value !== 'object' || value === null) return value
  if ('command' in value && /^\S*cross-agent-watch --hook/.test(String(value.command))) return undefined
  const members = Object.entries(value).map(([name, member]) => [name, others(member)])
  const left = members.filter(([name, member]) => name !== 'version' && !isEmpty(member))
  const isGone = left.length === 0 || (left.length === 1 && left[0]?.[0] === 'matcher')
  return isGone ? undefined : Object.fromEntries(left)
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}

describe.each(seeds)('C17 settings files drawn with seed %i', (seed) => {
  it.each(['claude', 'codex', 'gemini', 'cursor'] as const)('C17 %s: others keep what they have', (name) => {
    const { settings, events } = AGENTS[name]
    if (settings === undefined) throw new Error(name)
    const random = makeRandom(seed)
    const names = [events.sessionStart, events.prompt ?? '', events.turnEnd]
    for (let times = 0; times < TIMES; times++) {
      const text = settingsFile(random, names, settings.layout === 'handlers')
      const installed = withHooks(library, settings, { path: 'p', text }, 'cross-agent-watch')
      const errors: [] = []
      const value = parse(installed, errors, { allowTrailingComma: true })
      expect({ text, errors }).toEqual({ text, errors: [] })
      expect({ text, others: others(value) }).toEqual({ text, others: others(parse(text)) })
      expect(withHooks(library, settings, { path: 'p', text: installed }, 'cross-agent-watch')).toBe(
        installed,
      )
      for (const { event, handler } of settings.entries('cross-agent-watch')) {
        const handlers: { command?: unknown }[] = value.hooks[event].flatMap(
          (item: { hooks?: object[] }) => item.hooks ?? [item],
        )
        expect(handlers.filter(({ command }) => command === handler.command)).toHaveLength(1)
      }
      const removed = withoutHooks(library, settings, { path: 'p', text: installed })
      expect({ text, others: others(parse(removed)) }).toEqual({ text, others: others(parse(text)) })
      expect(hasHooks(library, settings, { path: 'p', text: removed })).toBe(false)
      if (!text.includes('cross-agent-watch')) {
        expect({ text, comments: comments(installed) }).toEqual({ text, comments: comments(text) })
        expect({ text, comments: comments(removed) }).toEqual({ text, comments: comments(text) })
      }
    }
  })
})
