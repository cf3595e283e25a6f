# Stops or starts the watcher: $1 is `stop` or `start`. By whatever starts services here, else not at all. Says nothing.
watcher() {
  if command -v systemctl; then
    case $1 in
      stop) within 5 systemctl --user stop cross-agent-watch.path cross-agent-watch.service ;;
      start) within 5 systemctl --user start cross-agent-watch.path ;;
    esac
  elif command -v launchctl; then
    domain=gui/$(id -u)
    case $1 in
      stop) within 5 launchctl bootout "$domain/cross-agent-watch" ;;
      start)
        # It may be loaded already.
        within 5 launchctl bootstrap "$domain" "$HOME/Library/LaunchAgents/cross-agent-watch.plist" ||
          within 5 launchctl kickstart "$domain/cross-agent-watch"
        ;;
    esac
  fi > /dev/null 2>&1
}
