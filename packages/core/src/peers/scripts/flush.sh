# Brings files to the disk where the connection is gone over which their name was claimed. $1 is their folder.
at_home "$1"
cd -- "$path" || exit 1
shift
if flush "$@"; then
  say flushed $(sums "$@")
else
  say failed
fi
