import type { CommandTable, Rule } from './table'

/** The options and words of a command line, whatever its table. */
export interface Given {
  readonly options: Readonly<Record<string, unknown>>
  readonly positionals: Readonly<Record<string, unknown>>
}

/** Throws Failure if the options and words of a command line do not go together. */
export async function requireRules(table: CommandTable, given: Given): Promise<void> {
  const broken = table.rules?.find((rule) => isBroken(rule, table, given))
  if (broken !== undefined) throw (await import('./usage')).ruleFailure(broken, table, given)
}

function isBroken(rule: Rule, { options }: CommandTable, given: Given): boolean {
  const has = (word: string) => isGiven(word, given)
  if (!rule.of.some(has) || rule.unless?.some(has)) return false
  if ('needs' in rule) return !rule.needs.some(has)
  if ('excludes' in rule) return rule.excludes.some((word) => isExcluded(word, given))
  return rule.of.some((flag) => has(flag) && !choicesOf(options[flag]).includes(String(given.options[flag])))
}

/** A value of 0 means that the option has no effect, so nothing excludes it. */
export function isExcluded(word: string, given: Given): boolean {
  return isGiven(word, given) && given.options[word] !== 0
}

function isGiven(word: string, { options, positionals }: Given): boolean {
  const [name = '', wanted] = word.split(' ')
  const value = name in options ? options[name] : positionals[name]
  if (wanted !== undefined) return value === wanted
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
}

export function choicesOf(spec: CommandTable['options'][string] | undefined): readonly string[] {
  return spec !== undefined && 'choices' in spec ? (spec.choices ?? []) : []
}
