# The doctor's questions. The script only reads.
config=$HOME/.config/cross-agent-comms
say time "$(date +%s)"
if there "$config/HALT"; then
  say halted
elif [ -e "$config" ] && ! [ -x "$config" ]; then
  # A folder that cannot be read may hold it.
  say halted
fi
if rsync=$(rsync --version 2> /dev/null < /dev/null); then say rsync "$rsync"; fi
count=0
for inbox in "$HOME"/projects/*/inbox/from-agents; do
  there "$inbox" || continue
  count=$((count + 1))
  if ! [ -d "$inbox" ] || ! [ -w "$inbox" ] || ! [ -x "$inbox" ]; then say shut "$inbox"; fi
done
say inboxes "$count"
# This comes last: it may start any program, which may hang.
limit='timeout 5'
command -v timeout > /dev/null || limit=
say version "$($limit cross-agent-status --version < /dev/null 2> /dev/null)"
