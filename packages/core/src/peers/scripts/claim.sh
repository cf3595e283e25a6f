# Makes a missing inbox of an existing project (B9), and claims the first free name of a list. To claim a name, it
# creates the signature exclusively, so two senders never get one name (B5).
#
# $1 project, $2 inbox; $3 `again`: looks first for the files of an earlier try (C2).
# $4 `signed`: the signature, $5, gets that name, and is on disk before the message comes (C20). `empty`: the name is
# only claimed. `none`: the message is unsigned and must not get an empty signature, so the script only looks.
# $6 the text after the stamp in a name that `done/` has changed. $7 the sender as a pattern for names. $8 and $9 the
# beginning and the end of all names. The other words are the middle parts of the names.
#
# It answers with positions in the list of names, so no part of a name can be taken for an answer. Then it waits for
# words until its input ends, which keeps the connection open. `flush` flushes the files that have arrived. `watch`
# flushes them as soon as the message has arrived, within about a minute: rsync needs four more round trips to end.
umask 077
at_home "$1"
project=$path
at_home "$2"
inbox=$path
again=$3
claim=$4
signature=$5
changed=$6
sender=$7
start=$8
end=$9
shift 9
[ -d "$project" ] || {
  say no-project
  exit 0
}
mkdir -p -- "$inbox" && cd -- "$inbox" || exit 1
# The whole path, because only a shell expands `~`.
say in "$PWD"

# Whether a file is our signature, by all its bytes.
ours() {
  [ "$claim" = signed ] || return 0
  [ -f "$1" ] && [ "$(wc -c < "$1")" -lt 65536 ] || return 1
  [ "$(cat -- "$1"; echo .)" = "$signature." ]
}
# Whether a message of this name or its signature was finished or put aside, also under a changed name (B52).
finished() {
  stem=${1%.org}
  set -- "$1" "$stem.2.org" "done-${1%"${1#????????????????}"}$changed" "done-$stem.2.org"
  for folder in 'done' aside; do
    for other do
      if there "$folder/$other" || there "$folder/$other.asc"; then return 0; fi
    done
  done
  return 1
}

word=claim
if [ "$again" = again ]; then
  place=0
  for between do
    name=$start$between$end
    where=
    # While a receiver moves it to done/ or aside/, it is in both folders for a moment.
    if ours "$name.asc" || ours "done/$name.asc" || ours "aside/$name.asc"; then
      if [ -e "$name" ]; then
        where=inbox
      elif [ -e "done/$name" ]; then
        where='done'
      elif [ -e "aside/$name" ]; then
        where=aside
      elif [ "$claim" = signed ] && [ -e "$name.asc" ]; then
        where=nowhere
      fi
    fi
    [ -z "$where" ] || say found "$place" "$where"
    place=$((place + 1))
  done
  say searched
  read -r word place || exit 1
fi

claimed=
if [ "$word" = take ]; then
  shift "$place"
  claimed=$start$1$end
else
  place=0
  full=yes
  for between do
    name=$start$between$end
    if there "$name" || there "$name.asc" || finished "$name"; then
      :
    elif [ "$claim" = none ] || (set -C; : > "$name.asc") 2> /dev/null; then
      claimed=$name
      break
    else
      full=
    fi
    place=$((place + 1))
  done
  if [ -z "$claimed" ] && [ -n "$full" ]; then
    say no-name
    exit 0
  fi
fi
[ -n "$claimed" ] || exit 1
set -- "$claimed"
[ "$claim" = none ] || set -- "$claimed.asc" "$claimed"

if [ "$word" = take ]; then
  flush "$@"
  say taken "$place"
elif [ "$claim" = signed ]; then
  if printf %s "$signature" > "$1" && flush "$1"; then
    say signed "$place"
  else
    rm -f -- "$1"
    say full
    exit 0
  fi
else
  say claimed "$place"
fi

# How many messages of this sender came after anybody last took one here, and when the first of them came (C18). While
# the peer of this shell pushes its files, there is time for that.
marks() {
  find . ! -path . -prune -type f -name "????????T??????Z-from-$sender-*.org" -exec stat "$1" "came $2" {} + 2> /dev/null
  find . ! -path . -prune '(' -name 'done' -o -name aside -o -name '.tmp.taken-[cm]*' ')' \
    -exec stat "$1" "taken $3" {} + 2> /dev/null
}
said=$(marks -c %Z %Y)
[ -n "$said" ] || said=$(marks -f %c %m)
said=$(printf '%s\n' "$said" | awk '
$1 == "taken" && $2 > last { last = $2 }
$1 == "came" { came[NR] = $2 }
END {
  for (at in came) if (came[at] > last) {
    count++
    if (first == "" || came[at] < first) first = came[at]
  }
  if (count > 0) print count, first
}')
[ -z "$said" ] || say untouched "$said"

report() {
  if [ ! -e "$claimed" ]; then
    say absent
  elif flush "$@"; then
    # The signature first: a receiver removes it last.
    # shellcheck disable=SC2046 # a word for each file
    say flushed $(sums "$@")
  else
    say failed
  fi
}
watch() {
  left=6000
  while [ ! -e "$claimed" ] && [ $((left -= 1)) -gt 0 ] && kill -0 $$; do
    sleep 0.01 2> /dev/null || {
      sleep 1
      left=$((left - 100))
    }
  done
  report "$@"
}
# Runs beside the reading: the end of the input ends both.
while read -r word; do
  if [ "$word" = watch ]; then
    watch "$@" &
  else
    report "$@"
  fi
done

# Leftovers of sends that failed more than a day ago: an empty claim, or a whole signature without its message (B47,
# B73). A name stays if it is so long that done/ may have cut it.
old() {
  find . ! -name . -prune -type f -user "$(id -u)" -size -128 "$@" -name '*.org.asc' 2> /dev/null
}
# POSIX has days only. Some round them up, some down: two are one at least.
{ old -mmin +1440 || old -mtime +1; } |
  while IFS= read -r old; do
    name=${old#./}
    name=${name%.asc}
    if there "$name"; then continue; fi
    if [ -s "$old" ]; then
      case $name in
        [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z-from-?*-?*) ;;
        *) continue ;;
      esac
      changed=${name#????????????????}
      if [ ${#name} -gt 240 ] || finished "$name"; then continue; fi
      # shellcheck disable=SC2015 # either of them may fail
      IFS= read -r line < "$old" && [ "$line" = '-----BEGIN PGP SIGNATURE-----' ] || continue
    fi
    rm -f -- "$old"
  done
