# Sets the brake. $1 is the reason, $2 is `stop` to stop the watcher too. The file alone decides.
folder=$HOME/.config/cross-agent-comms
write() {
  mkdir -p "$folder" && printf %s "$1" > "$folder/HALT"
}
told=$(write "$1" 2>&1) || {
  status=$?
  set -f
  # shellcheck disable=SC2086 # its lines become one
  say failed $told
  exit $status
}
[ "$2" != stop ] || watcher stop
there "$folder/HALT" && say 'done'
