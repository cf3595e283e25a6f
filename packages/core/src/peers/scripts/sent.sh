# Searches the inboxes here, those of ~/projects and the given ones, for a sender's messages (C18). If an inbox has any,
# its releases are listed too. The last line marks the end, so a cut list is noticed.
#
# $1 the sender, $2 the sender as a pattern for names, then the inboxes at other places.
sender=$1
pattern=$2
shift 2
export answer sender

# Lists the header fields of the sender's messages and of releases, one line per message, by our rules for headers.
# shellcheck disable=SC2016 # the dollars are awk's
heads='
function tell(  base) {
  base = name; sub(/^.*\//, "", base)
  if (name == "" || (index(base, "-from-" ENVIRON["sender"] "-") != 17 && field["MESSAGE_TYPE"] != "release")) return
  printf "%s message\t%s\t%s\t%s\t%s\t%s\t%s\n", ENVIRON["answer"], name, field["CONVERSATION_ID"], field["MESSAGE_TYPE"], field["TIMESTAMP"], field["SEQUENCE"], field["TITLE"]
}
FNR == 1 { tell(); name = FILENAME; begun = 0; closed = 0; split("", field) }
closed { next }
/^#[+][A-Z_]+:/ {
  begun = 1; colon = index($0, ":"); value = substr($0, colon + 1)
  gsub(/^[ \t\r]+|[ \t\r]+$/, "", value); gsub(/[\t\r]/, " ", value)
  field[substr($0, 3, colon - 3)] = substr(value, 1, 300); next
}
begun { closed = 1; nextfile }
END { tell() }'

look() {
  cd -- "$1" 2> /dev/null || return 0
  set -- "$2" "*-from-$pattern-*.org"
  [ -n "$(find . 'done' aside -maxdepth 1 -type f -name "$2" 2> /dev/null | head -n 1)" ] || return 0
  say inbox "$1"
  find . -maxdepth 1 -type f -name '[!.]*.org' -exec awk "$heads" {} + || return 1
  for folder in 'done' aside; do
    [ -d "$folder" ] || continue
    find "$folder" -maxdepth 1 -type f -name "$2" -exec awk "$heads" {} + || return 1
    find "$folder" -maxdepth 1 -type f -name "$2" -exec stat -c "$answer moved %Z %n" {} + 2> /dev/null ||
      find "$folder" -maxdepth 1 -type f -name "$2" -exec stat -f "$answer moved %c %N" {} + 2> /dev/null || :
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
