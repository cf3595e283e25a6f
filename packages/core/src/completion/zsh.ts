import { shellQuote } from '../text/shell'
import type { Completed, CompletedOption, Offer } from './model'

const ENGINE = `# Asks the command what there is. compadd quotes what it inserts: no name is ever evaluated.
_cross_agent_values() {
  local -a values open expl
  values=("\${(@f)$(command cross-agent-$1 --completion-values $2 "\${(Q)PREFIX}" "\${(@)words[2,CURRENT-1]}" 2> /dev/null < /dev/null)}")
  values=(\${values:#})
  # After the dot of a machine comes its project.
  open=(\${(M)values:#*.})
  values=(\${values:#*.})
  local found=1
  (( $#values )) && _wanted $2 expl $2 compadd -a values && found=0
  (( $#open )) && _wanted $2 expl $2 compadd -S '' -a open && found=0
  return found
}

# Whether one of the names is on the line.
_cross_agent_given() {
  local word
  for word in "\${(@)words[2,CURRENT]}"; do
    (( \${argv[(Ie)\${word%%=*}]} )) && return
  done
  return 1
}

# The same, of what may lie anywhere.
_cross_agent_messages() {
  _cross_agent_values $1 message || _files
}

_cross_agent_projects() {
  _cross_agent_values $1 project || _files -/
}`

/** The completion script of these commands for zsh. */
export function zshCompletion(commands: readonly Completed[]): string {
  return [
    '# Completion of the cross-agent commands for zsh, made from their option tables. Source it.',
    '',
    '(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }',
    '',
    ENGINE,
    '',
    ...commands.flatMap(commandLines),
  ].join('\n')
}

function commandLines(completed: Completed): string[] {
  const { command, name, words, options } = completed
  const later = options.filter(({ after }) => after.length > 0)
  const specs = [
    ...options.filter((option) => !later.includes(option)).map((option) => optionSpec(option, completed)),
    ...words.map(({ name, offer, repeats }, at) =>
      shellQuote(`${repeats ? '*' : at + 1}:${escapeColons(name)}:${action(offer, command)}`),
    ),
  ]
  return [
    `_cross_agent_${command}() {`,
    ...(later.length === 0 ? [] : ['  local -a later']),
    ...later.map((option) => `  ${conditionOf(option)} && later+=(${optionSpec(option, completed)})`),
    `  _arguments -s ${[...specs, ...(later.length === 0 ? [] : ['$later'])].map((spec) => `\\\n    ${spec}`).join(' ')}`,
    '}',
    `compdef _cross_agent_${command} ${name}`,
    '',
  ]
}

/** The option itself counts too, because its value is completed under the same condition. */
function conditionOf({ names, after }: CompletedOption): string {
  return after.map((needed) => `_cross_agent_given ${[...names, ...needed].join(' ')}`).join(' && ')
}

/** The list in front has the names that are no longer offered. */
function optionSpec(
  { flag, short, names, describe, placeholder, offer, isValueOptional, notAfter }: CompletedOption,
  completed: Completed,
): string {
  const { command, takesEquals } = completed
  const without = [...(short === undefined ? [] : names), ...notAfter]
  const before = without.length === 0 ? '' : `(${without.join(' ')})`
  const meaning = `[${describe.replace(/[[\]\\]/g, '\\$&')}]`
  if (offer?.is === 'command') return shellQuote(`${before}--${flag}${meaning}:*::${placeholder}: _normal`)
  const colon = isValueOptional ? '::' : ':'
  const value = offer === undefined ? '' : `${colon}${escapeColons(placeholder)}:${action(offer, command)}`
  const long = `--${flag}${value !== '' && takesEquals ? '=' : ''}`
  if (short === undefined) return shellQuote(`${before}${long}${meaning}${value}`)
  const shortly = `-${short}${value === '' ? '' : '+'}`
  return `${shellQuote(before)}{${shortly},${long}}${shellQuote(`${meaning}${value}`)}`
}

function action(offer: Offer, command: string): string {
  if (offer.is === 'choices') return `(${offer.choices.join(' ')})`
  if (offer.is === 'files') return '_files'
  if (offer.is !== 'values') return '()'
  // The blank stops _arguments from adding its own words before ours.
  const isAnywhere = offer.kind === 'message' || offer.kind === 'project'
  return isAnywhere
    ? ` _cross_agent_${offer.kind}s ${command}`
    : ` _cross_agent_values ${command} ${offer.kind}`
}

function escapeColons(text: string): string {
  return text.replaceAll(':', '\\:')
}
