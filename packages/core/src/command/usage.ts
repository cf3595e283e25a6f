import { nearestNames } from '../text/nearest'
import { allOptions } from './command-line'
import { Failure } from './failure'
import { choicesOf, type Given, isExcluded } from './rules'
import type { CommandTable, Correction, Rule } from './table'

/** Says what is wrong with a command line, and suggests what was meant. */
export function usageFailure({ problem, unknown, isIncomplete }: Correction, table: CommandTable): Failure {
  const forms = isIncomplete ? (table.forms ?? []).map(([purpose, line]) => `${purpose}: ${line}`) : []
  return failure(problem, [...forms, ...didYouMean(nearestFlags(unknown, table))], table)
}

/** Says why options and words do not go together. */
export function ruleFailure(rule: Rule, table: CommandTable, given: Given): Failure {
  if ('isChoice' in rule) return choiceFailure(rule, table, given)
  return failure(problemOf(rule, table, given), [], table)
}

function failure(problem: string, hints: readonly string[], { name, style }: CommandTable): Failure {
  const hint = [...hints, `see: ${name} --help`]
  return style === 'shell'
    ? new Failure('unknown-flag', { message: problem, hint })
    : new Failure('usage', { message: `${name}: error: ${problem}`, hint })
}

function didYouMean(nearest: readonly string[]): string[] {
  return nearest.length > 0 ? [`did you mean ${nearest.join(' and ')}?`] : []
}

/**
 * The options of a command that are most similar to unknown words, as suggestions. A word may lack the hyphens.
 */
function nearestFlags(words: readonly string[], table: CommandTable): string[] {
  const flags = allOptions(table).map(([flag]) => flag)
  const names = words.map((word) => word.replace(/^-+|=.*/gs, ''))
  return [...new Set(names.flatMap((name) => nearestNames(name, flags, 1)))].map((flag) => `--${flag}`)
}

function choiceFailure({ of }: Rule, table: CommandTable, { options }: Given): Failure {
  const [flag = ''] = of
  const choices = choicesOf(table.options[flag])
  const value = String(options[flag])
  const problem = `--${flag} must be one of ${choices.join(', ')}; got ${value}`
  return failure(problem, didYouMean(nearestNames(value, choices, 1)), table)
}

function problemOf(rule: Exclude<Rule, { isChoice: true }>, { style }: CommandTable, given: Given): string {
  const of = oneOf(rule.of)
  if ('needs' in rule) {
    const needs = `needs ${oneOf(rule.needs)}`
    return rule.problem ?? (style === 'shell' ? `${of} ${needs}` : `argument ${of}: ${needs}`)
  }
  const odd = rule.excludes.filter((word) => isExcluded(word, given)).map((word) => shown(word, given))
  if (rule.problem !== undefined) return rule.problem.replace('$given', () => odd.join(', '))
  const [first = ''] = odd
  return style === 'shell'
    ? `${of} and ${first} exclude each other`
    : `argument ${first}: not allowed with argument ${of}`
}

function oneOf(flags: readonly string[]): string {
  return flags.map((flag) => `--${flag}`).join(' or ')
}

/** An option's flag, or a positional's value as given. */
function shown(word: string, { options, positionals }: Given): string {
  return word in options ? `--${word}` : String(positionals[word])
}
