import { shellQuote } from '../text/shell'
import type { Completed, CompletedOption, CompletedWord, Offer } from './model'

const ENGINE = `# Asks the command what there is. fish quotes what it inserts: no name is ever evaluated.
function __cross_agent_values
    set -l words (commandline -opc)
    command cross-agent-$argv[1] --completion-values $argv[2] (commandline -ct | string unescape) $words[2..-1] 2> /dev/null < /dev/null
end

# Whether one of the names is among the words before the cursor.
function __cross_agent_given
    for word in (commandline -opc)[2..-1]
        contains -- (string replace -r '=.*' '' -- $word) $argv
        and return
    end
    return 1
end

# Whether the word at the cursor is that one of the command; the first is 0. The flags with a value follow, with a
# question mark if they may also stand alone.
function __cross_agent_at
    set -l wanted $argv[1]
    set -l words (commandline -opc)
    set -l position 0
    set -l skips no
    for word in $words[2..-1]
        if test $skips = maybe; and string match -q -- '-?*' "$word"
            set skips no
        end
        if test $skips != no
            set skips no
        else if contains -- "$word" $argv[2..-1]
            set skips yes
        else if contains -- "$word?" $argv[2..-1]
            set skips maybe
        else if not string match -q -- '-?*' "$word"
            set position (math $position + 1)
        end
    end
    test $skips != maybe; and test $wanted = any -o "$position" = "$wanted"
end`

/** The completion script of these commands for fish. */
export function fishCompletion(commands: readonly Completed[]): string {
  return [
    '# Completion of the cross-agent commands for fish, made from their option tables. Source it.',
    '',
    ENGINE,
    '',
    ...commands.flatMap(commandLines),
  ].join('\n')
}

function commandLines(completed: Completed): string[] {
  const { name, options, words } = completed
  return [
    `complete -c ${name} -f`,
    ...options.map((option) => optionLine(option, completed)),
    ...words.map((word, at) => wordLine(word, at, completed)),
    '',
  ]
}

function optionLine(option: CompletedOption, { name, command }: Completed): string {
  const { flag, short, describe, offer, isValueOptional } = option
  const parts = [`complete -c ${name} -l ${flag}`]
  if (short !== undefined) parts.push(`-s ${short}`)
  const condition = conditionOf(option)
  if (condition !== '') parts.push(`-n ${shellQuote(condition)}`)
  if (offer !== undefined && !isValueOptional) parts.push(...offerParts(offer, command, '-r', '-x'))
  return `${parts.join(' ')} -d ${shellQuote(describe)}`
}

/** The flag itself counts too, because its value is completed under the same condition. */
function conditionOf({ names, after, notAfter }: CompletedOption): string {
  const tests = after.map((needed) => `__cross_agent_given ${[...names, ...needed].join(' ')}`)
  if (notAfter.length > 0) tests.push(`not __cross_agent_given ${notAfter.join(' ')}`)
  return tests.join('; and ')
}

function wordLine({ name: word, offer, repeats }: CompletedWord, at: number, completed: Completed): string {
  const { name, command, options } = completed
  const withValue = options.flatMap(({ names, offer, isValueOptional }) =>
    offer === undefined ? [] : names.map((name) => (isValueOptional ? `'${name}?'` : name)),
  )
  const condition = ['__cross_agent_at', repeats ? 'any' : at, ...withValue].join(' ')
  const parts = offerParts(offer, command, '', '-f').join(' ')
  return `complete -c ${name} -n ${shellQuote(condition)} ${parts} -d ${shellQuote(word)}`
}

function offerParts(offer: Offer, command: string, withFiles: string, alone: string): string[] {
  switch (offer.is) {
    case 'choices':
      return [alone, `-a ${shellQuote(offer.choices.join(' '))}`]
    case 'values': {
      const asked = `-a ${shellQuote(`(__cross_agent_values ${command} ${offer.kind})`)}`
      return offer.kind === 'message' ? [withFiles, '-F', asked] : [alone, asked]
    }
    case 'files':
      return [withFiles, '-F']
    case 'command':
      return [alone, "-a '(__fish_complete_command)'"]
    case 'nothing':
      return [alone]
  }
}
