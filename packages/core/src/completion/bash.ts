import { shellQuote } from '../text/shell'
import engine from './engine.bash?raw'
import type { Completed, Offer } from './model'

/** Its first line is for shellcheck. */
const ENGINE = engine.replace(/^# shellcheck .*\n/, '').trimEnd()

/** The completion script of these commands for bash 3.2 and later. */
export function bashCompletion(commands: readonly Completed[]): string {
  return [
    '# Completion of the cross-agent commands for bash, made from their option tables. Source it.',
    '',
    '# Sets `offer` to what follows that flag of that command; empty where the flag takes no value, `maybe` where it',
    '# may take one.',
    '_cross_agent_flag() {',
    '  case $1:$2 in',
    ...commands.flatMap(flagCases),
    "    *) offer='' ;;",
    '  esac',
    '}',
    '',
    '# Sets `offer` to what that word of that command is: the first is 0.',
    '_cross_agent_word() {',
    '  case $1:$2 in',
    ...commands.flatMap(wordCases),
    "    *) offer='' ;;",
    '  esac',
    '}',
    '',
    '# Sets `flags` to all long flags of that command.',
    '_cross_agent_flags() {',
    '  case $1 in',
    ...commands.map(
      ({ command, options }) =>
        `    ${command}) flags=${shellQuote(options.map(({ flag }) => `--${flag}`).join(' '))} ;;`,
    ),
    '  esac',
    '}',
    '',
    '# Whether the flags on the line let that flag of that command follow.',
    '_cross_agent_fits() {',
    '  case $1:$2 in',
    ...commands.flatMap(fitCases),
    '  esac',
    '}',
    '',
    ENGINE,
    '',
    `complete -o default -F _cross_agent ${commands.map(({ name }) => name).join(' ')}`,
    '',
  ].join('\n')
}

function flagCases({ command, options }: Completed): string[] {
  return options.flatMap(({ names, offer, isValueOptional }) => {
    if (offer === undefined) return []
    const text = isValueOptional ? 'maybe' : offerText(offer)
    return [`    ${names.map((name) => `${command}:${name}`).join('|')}) offer=${shellQuote(text)} ;;`]
  })
}

function fitCases({ command, options }: Completed): string[] {
  return options.flatMap(({ flag, after, notAfter }) => {
    const tests = after.map((names) => `_cross_agent_given ${names.join(' ')}`)
    if (notAfter.length > 0) tests.push(`! _cross_agent_given ${notAfter.join(' ')}`)
    return tests.length === 0 ? [] : [`    ${command}:--${flag}) ${tests.join(' && ')} ;;`]
  })
}

function wordCases({ command, words }: Completed): string[] {
  return words.map(({ offer, repeats }, at) => {
    const pattern = repeats ? `${command}:*` : `${command}:${at}`
    return `    ${pattern}) offer=${shellQuote(offerText(offer))} ;;`
  })
}

/** The text that the engine reads: how to find candidates, then the data for it. */
function offerText(offer: Offer): string {
  if (offer.is === 'choices') return `choices ${offer.choices.join(' ')}`
  return offer.is === 'values' ? `values ${offer.kind}` : offer.is
}
