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

# Whether a process has surely ended: its number, its start and the scope of both, which are ours only on this boot and
# in these namespaces.
space() {
  told=$(readlink "/proc/self/ns/$1" 2> /dev/null)
  told=${told#*[}
  printf %s "${told%]}"
}
scope=$(tr -cd 0-9a-f 2> /dev/null < /proc/sys/kernel/random/boot_id)-$(space pid)-$(space time)
gone() {
  [ "${3#*-}" = "$scope" ] || return 1
  if stat=$(cat "/proc/$1/stat" 2> /dev/null); then
    # shellcheck disable=SC2086 # numbers, behind the name in brackets
    set -- "$2" ${stat##*) }
    case $2 in [ZXx]) return 0 ;; esac
    [ "${21}" != "$1" ]
  else
    [ ! -e "/proc/$1" ] && [ -e /proc/self/stat ]
  fi
}
# Takes that may still count.
young() {
  find . ! -path . -prune -type f -user "$(id -u)" -size -128 "$@" -name '.tmp.taken-[cm]*' 2> /dev/null
}
# The takes here whose process is not surely gone (C21), as they were written.
takes() {
  # POSIX has days only. Where they are rounded up, less than one is none.
  { young -mmin -1440 || young -mtime -2; } |
    head -n 500 |
    while IFS= read -r take; do
      IFS= read -r text < "$take" || continue
      # shellcheck disable=SC2046 # three words
      set -- $(printf '%s\n' "$text" |
        sed -n 's/.*"process":{"pid":\([0-9]*\),"started":"\([0-9]*\)","scope":"\([0-9a-z-]*\)"}.*/\1 \2 \3/p')
      if [ $# -eq 3 ] && gone "$@"; then continue; fi
      say take
      printf '\t%s\n' "$text"
    done
}
# When a file was changed, and when it was written, as GNU tells it, else as BSD does: the other option means something
# else.
if stat -c %Z . > /dev/null 2>&1; then
  form=-c
  changed="$answer changed %Z %n"
  touched="$answer touched %Y"
else
  form=-f
  changed="$answer changed %c %N"
  touched="$answer touched %m"
fi

# Finds the messages in a folder, not those below it. $2 is the pattern of their names; the rest is what find does.
each() {
  at=$1
  names=$2
  shift 2
  find "$at" ! -path "$at" -prune -type f -name "$names" "$@"
}

look() {
  cd -- "$1" 2> /dev/null || return 0
  set -- "$2" "????????T??????Z-from-$pattern-*.org"
  [ -n "$(for place in . 'done' aside; do each "$place" "$2" -print 2> /dev/null; done | head -n 1)" ] || return 0
  say inbox "$1"
  for folder in . 'done' aside; do
    [ -d "$folder" ] || continue
    each "$folder" "$2" -exec awk "$heads" {} + || return 1
    each "$folder" "$2" -exec stat "$form" "$changed" {} + 2> /dev/null || :
  done
  # A folder changes with what is moved into it.
  find . ! -path . -prune '(' -name 'done' -o -name aside -o -name '.tmp.taken-[cm]*' ')' \
    -exec stat "$form" "$touched" {} + 2> /dev/null || :
  takes
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
