# Runs a program for five seconds at most, without input. ssh waits for its end. Without `timeout`, as on macOS, another
# process of ours ends it.
briefly() {
  if command -v timeout > /dev/null; then
    timeout 5 "$@" < /dev/null
    return
  fi
  "$@" < /dev/null &
  running=$!
  (
    trap 'kill "$nap"; exit' TERM
    sleep 5 &
    nap=$!
    wait "$nap"
    kill -9 "$running"
  ) < /dev/null > /dev/null 2>&1 &
  guard=$!
  wait "$running"
  status=$?
  kill "$guard"
  return "$status"
}
