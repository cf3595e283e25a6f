/**
 * For a stub of ssh: reads the command on standard input. Then `$script` is its name, `$sum` the number that its answers
 * begin with (contract B34). It starts no program, for where few may run.
 */
export const HEAR_COMMAND = `
script= sum=
while read -r one two three four rest; do
  case "$one $two" in
    'cross-agent begin') script=$three ;;
    'cross-agent end') break ;;
    'set --')
      case $three in
        '"'[0-9]*'"') three=\${three#?} four=\${four#?}; sum=$((\${three%?} + \${four%?})) ;;
      esac ;;
  esac
done`

/** After it: says what a peer says that did as it was told, and ends with 0. */
export const ANSWER_HONESTLY = `
echo "cross-agent $sum done"
exit 0`
