# Runs a program for $1 seconds at most, without input. ssh waits for its end. Without `timeout`, as on macOS, another
# process of ours ends it.
within() {
  if command -v timeout > /dev/null; then
    timeout "$@" < /dev/null
    return
  fi
  seconds=$1
  shift
  "$@" < /dev/null &
  running=$!
  (
    trap 'kill "$nap"; exit' TERM
    sleep "$seconds" &
    nap=$!
    wait "$nap"
    kill -9 "$running"
  ) < /dev/null > /dev/null 2>&1 3>&- &
  guard=$!
  wait "$running"
  status=$?
  kill "$guard"
  return "$status"
}
