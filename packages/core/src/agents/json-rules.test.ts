import { parse } from 'jsonc-parser'
import { beforeAll, expect, it } from 'vitest'
import { makeRandom } from '../../../../test/conformance/random.mjs'
import { rulesFile } from './allow-rules'
import { idOf, rulesIn, withoutRules, withRules } from './json-rules'
import { type JsoncLibrary, loadJsonc } from './jsonc'

let library: JsoncLibrary
beforeAll(async () => {
  library = await loadJsonc()
})

const FILES = [
  '{}',
  '{ }\n',
  '{ "permissions": {} }',
  '{ "permissions": { "allow": [], "deny": ["Bash(rm:*)"] }, "sandbox": { "enabled": true } }',
  '{\n\t"permissions": {\n\t\t"allow": [\n\t\t\t"Bash(ls:*)", // mine\n\t\t],\n\t},\n}\n',
  '{"permission":{"bash":{"*":"ask","rm *":"deny"},"edit":"ask"},"a":[1,{"b":2}]}',
  '{ "permission": { "bash": { /* none */ } } }',
]

it.each(['claude', 'cursor', 'opencode'] as const)('C26 %s: rules come and go, and nothing else', (agent) => {
  const rules = rulesFile(agent, { folder: '/nowhere', isHome: true })?.rules ?? []
  const random = makeRandom(1)
  for (const text of FILES)
    for (let times = 0; times < 20; times++) {
      const some = rules.filter(() => random.chance(0.6))
      const one = withRules(library, some, { path: 'p', text })
      const all = withRules(library, rules, { path: 'p', text: one })
      expect(rulesIn(library, rules, { path: 'p', text: all }).map(idOf)).toEqual(rules.map(idOf))
      expect(withRules(library, rules, { path: 'p', text: all })).toBe(all)
      const none = withoutRules(library, rules, { path: 'p', text: all })
      expect(rulesIn(library, rules, { path: 'p', text: none })).toEqual([])
      const lean = (value: object) =>
        JSON.parse(JSON.stringify(value), (_, part) => (isEmpty(part) ? undefined : part))
      expect(lean(parse(none)) ?? {}).toEqual(lean(parse(text)) ?? {})
      for (const comment of text.match(/\/\/ \w+|\/\* \w+ \*\//g) ?? []) expect(none).toContain(comment)
    }
})

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

it('C26 no rule allows what changes machines, settings or the brake', () => {
  for (const agent of ['claude', 'cursor', 'opencode'] as const)
    for (const { rule, value } of rulesFile(agent, { folder: '/x', isHome: false })?.rules ?? []) {
      if (value === 'ask') continue
      expect(rule).toMatch(
        /^(?:Bash\(|Shell\()?cross-agent-(?:(?:send|recv|status)(?::\*| \*)?|discover(?: --json| --enumerate-remote)?)\)?$/,
      )
    }
})
