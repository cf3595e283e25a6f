# The doctor's questions. The script only reads.
say time "$(date +%s)"
tell_halt
if rsync=$(rsync --version 2> /dev/null < /dev/null); then say rsync "$rsync"; fi
count=0
for inbox in "$HOME"/projects/*/inbox/from-agents; do
  there "$inbox" || continue
  count=$((count + 1))
  if ! [ -d "$inbox" ] || ! [ -w "$inbox" ] || ! [ -x "$inbox" ]; then say shut "$inbox"; fi
done
say inboxes "$count"
# What this machine calls itself: its host name, or `[local] name`, which is read elsewhere.
say host "$(uname -n)"
boot=/proc/sys/kernel/random/boot_id
if [ -r "$boot" ]; then
  boot=$(cat "$boot")
else
  # macOS, FreeBSD
  boot=$(sysctl -n kern.bootsessionuuid 2> /dev/null || sysctl -n kern.hostuuid 2> /dev/null)
fi
[ -z "$boot" ] || say home "$boot $(ls -di "$HOME")"
# shellcheck disable=SC2016 # the dollars are awk's
about_local='
{ name = $0; gsub(/[ \t\r"\047]/, "", name) }
name ~ /^\[/ { inside = name ~ /^\[local\]/ }
inside || name ~ /^local[.=]/ { size += length($0) + 2; if (size > 4096) exit; print "\t" $0 }'
file=$config/peers.toml
if [ -f "$file" ]; then
  text=$(awk "$about_local" "$file" 2> /dev/null) && say local && printf '%s\n' "$text"
elif ! there "$file"; then
  say local
fi
# This comes last: it may start any program, which may hang.
say version "$(within 5 cross-agent-status --version 2> /dev/null)"
