# shellcheck shell=bash disable=SC2086 # lists of words are split where they are offered
# Offers the lines of standard input that begin with the typed text. Never evaluates them: names may be hostile, so
# `compgen -W` must not be used.
_cross_agent_offer() {
  local value quoted
  while IFS= read -r value; do
    case $cur in
      \'*) [[ $value != *\'* && $value == "${cur:1}"* ]] && COMPREPLY+=("$value") ;;
      \"*) [[ $value != *[\"\$\`\\!]* && $value == "${cur:1}"* ]] && COMPREPLY+=("$value") ;;
      *)
        printf -v quoted %q "$value"
        [[ $quoted == "$cur"* || $value == "$cur"* ]] && COMPREPLY+=("$quoted")
        ;;
    esac
  done
}

# The typed text without shell quotes, for the command.
_cross_agent_typed() {
  local typed=$cur
  case $typed in
    [\'\"]*) typed=${typed:1} ;;
    *) typed=${typed//\\/} ;;
  esac
  printf %s "$typed"
}

# Whether one of the names is among the flags on the line.
_cross_agent_given() {
  local name
  for name; do
    [[ $given == *" $name "* ]] && return
  done
  return 1
}

# Offers the flags of the command that may follow those on the line.
_cross_agent_offer_flags() {
  local flag flags=''
  _cross_agent_flags "$1"
  _cross_agent_offer < <(for flag in $flags; do _cross_agent_fits "$1" "$flag" && printf '%s\n' "$flag"; done)
}

_cross_agent_no_files() {
  type compopt &> /dev/null && compopt +o default
}

# The candidates of an offer: `choices A B`, `values KIND`, `files`, `command` or `nothing`.
_cross_agent_candidates() {
  local command=$1 way=${2%% *} rest=${2#* }
  case $way in
    choices) _cross_agent_no_files; _cross_agent_offer < <(printf '%s\n' $rest) ;;
    values)
      # Messages and projects may be anywhere.
      [[ $rest == message || $rest == project ]] || _cross_agent_no_files
      _cross_agent_offer < <(command "cross-agent-$command" --completion-values "$rest" "$(_cross_agent_typed)" "${COMP_WORDS[@]:0:COMP_CWORD}" 2> /dev/null < /dev/null)
      # A project follows the dot of a machine.
      if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *. ]]; then
        type compopt &> /dev/null && compopt -o nospace
      fi
      ;;
    command) _cross_agent_offer < <(compgen -c -- "$cur") ;;
    files) ;;
    *) _cross_agent_no_files ;;
  esac
}

_cross_agent() {
  local command=${1##*/} cur=${COMP_WORDS[COMP_CWORD]} offer='' given=' ' expected='' at word position=0 ended='' IFS=$' \t\n'
  command=${command#cross-agent-}
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=${COMP_WORDS[at]}
    [[ $expected == maybe && $word == -* ]] && expected=''
    if [[ $expected == command ]]; then
      return
    elif [[ $expected ]]; then
      # Bash splits `--flag=value` into three words.
      [[ $word == '=' && ${COMP_WORDS[at - 1]} == --* ]] || expected=''
    elif [[ ! $ended && $word == -- ]]; then
      ended=1
    elif [[ ! $ended && $word == -?* ]]; then
      given="$given${word%%=*} "
      _cross_agent_flag "$command" "$word"
      expected=$offer
    else
      position=$((position + 1))
    fi
  done
  [[ $expected == maybe && $cur == -* ]] && expected=''
  if [[ $expected ]]; then
    [[ $cur == '=' ]] && cur=''
    _cross_agent_candidates "$command" "$expected"
  elif [[ ! $ended && $cur == -* ]]; then
    _cross_agent_no_files
    _cross_agent_offer_flags "$command"
  else
    _cross_agent_word "$command" "$position"
    _cross_agent_candidates "$command" "$offer"
    # If no word is expected, only flags can follow.
    if [[ ! $offer && ! $cur && ! $ended ]]; then
      _cross_agent_offer_flags "$command"
    fi
  fi
}
