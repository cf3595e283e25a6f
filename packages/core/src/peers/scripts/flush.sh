# Flushes files if the connection that claimed their name is gone. $1 is their folder.
at_home "$1"
cd -- "$path" || exit 1
shift
if flush "$@"; then
  # shellcheck disable=SC2046 # a word for each file
  say flushed $(sums "$@")
else
  say failed
fi
