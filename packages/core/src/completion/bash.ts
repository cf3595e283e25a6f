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
    '# Sets `offer` to what follows that flag of that command; empty where the flag takes no value.',
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
    ENGINE,
    '',
    `complete -o default -F _cross_agent ${commands.map(({ name }) => name).join(' ')}`,
    '',
  ].join('\n')
}

function flagCases({ command, options }: Completed): string[] {
  return options.flatMap(({ flag, short, offer }) => {
    if (offer === undefined) return []
    const names = [`--${flag}`, ...(short === undefined ? [] : [`-${short}`])]
    return [
      `    ${names.map((name) => `${command}:${name}`).join('|')}) offer=${shellQuote(offerText(offer))} ;;`,
    ]
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
