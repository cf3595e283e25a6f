# Calls notify for each text, and looks for the HALT file before each call (contract B37). Tells by its exit code how many
# texts it left out: all from the one on for which there was no notify any more. Where notify itself ends with such a
# code it is still there.
halt=$1
notify=$2
title=$3
shift 3
while [ $# -gt 0 ]; do
  if [ -e "$halt" ] || [ -L "$halt" ]; then exit 0; fi
  "$notify" info "$title" "$1" 2>/dev/null
  case $? in 126 | 127) hash -r; command -v "$notify" >/dev/null || exit $# ;; esac
  shift
done
