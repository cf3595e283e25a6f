# Precedes each other script. $1 and $2 are two numbers: only a line that begins with their sum is an answer. So neither
# a shell that echoes its input nor an older text passes for an answer.
LC_ALL=C
export LC_ALL
answer="cross-agent $(($1 + $2))"
shift 2
say() {
  printf '%s %s\n' "$answer" "$*"
}
# Sets `path` to the path of a word. `~` is the peer's home folder.
at_home() {
  # shellcheck disable=SC2034,SC2088 # what follows reads `path`; the tilde stands as somebody wrote it
  case $1 in
    '~/'*) path=$HOME/${1#'~/'} ;;
    *) path=$1 ;;
  esac
}
there() {
  [ -e "$1" ] || [ -L "$1" ]
}
# Ends a line that a start-up file left open.
echo
