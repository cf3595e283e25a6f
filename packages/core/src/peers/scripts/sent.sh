# Searches the inboxes here, those of ~/projects and the given ones, for a sender's messages by their names (C18). Lists
# the head of each as it is, every line behind a tab, so that none looks like an answer. The last line marks the end, so
# a cut list is noticed.
#
# $1 the sender as a pattern for names, then the inboxes at other places.
pattern=$1
shift
export answer

# Stops where a header surely ends, or after 64 KB (B40). What the lines mean is decided elsewhere.
# shellcheck disable=SC2016 # the dollars are awk's
heads='
FNR == 1 { printf "%s message %s\n", ENVIRON["answer"], FILENAME; begun = 0; ended = 0; left = 65536 }
ended { next }
/^#[+][A-Z_]+:/ { begun = 1; tell(); next }
begun { ended = 1; nextfile }
{ tell() }
function tell() {
  print "\t" substr($0, 1, left + 1)
  left -= length($0) + 1
  ended = left < 0
}'

# When a file was changed last, as GNU tells it, else as BSD does: the other option means something else.
if stat -c %Z . > /dev/null 2>&1; then
  form=-c
  moved="$answer moved %Z %n"
else
  form=-f
  moved="$answer moved %c %N"
fi

# Finds the messages in a folder, not those below it. $2 is the pattern of their names; the rest is what find does.
each() {
  folder=$1
  names=$2
  shift 2
  find "$folder" ! -path "$folder" -prune -type f -name "$names" "$@"
}

look() {
  cd -- "$1" 2> /dev/null || return 0
  set -- "$2" "????????T??????Z-from-$pattern-*.org"
  [ -n "$(for place in . 'done' aside; do each "$place" "$2" -print 2> /dev/null; done | head -n 1)" ] || return 0
  say inbox "$1"
  each . "$2" -exec awk "$heads" {} + || return 1
  for place in 'done' aside; do
    [ -d "$place" ] || continue
    each "$place" "$2" -exec awk "$heads" {} + || return 1
    each "$place" "$2" -exec stat "$form" "$moved" {} + 2> /dev/null || :
  done
}

failed=
place=0
for inbox do
  at_home "$inbox"
  (look "$path" "placed $place") || failed=1
  place=$((place + 1))
done
for inbox in "$HOME"/projects/*/inbox/from-agents; do
  project=${inbox%/inbox/from-agents}
  (look "$inbox" "usual ${project##*/}") || failed=1
done
[ -n "$failed" ] || say end
