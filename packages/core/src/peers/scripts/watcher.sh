# Stops or starts the watcher: $1 is `stop` or `start`. By whatever starts services here, else not at all. Says nothing.
watcher() {
  if command -v systemctl; then
    case $1 in
      stop) briefly systemctl --user stop cross-agent-watch.path cross-agent-watch.service ;;
      start) briefly systemctl --user start cross-agent-watch.path ;;
    esac
  elif command -v launchctl; then
    domain=gui/$(id -u)
    case $1 in
      stop) briefly launchctl bootout "$domain/cross-agent-watch" ;;
      start)
        # It may be loaded already.
        briefly launchctl bootstrap "$domain" "$HOME/Library/LaunchAgents/cross-agent-watch.plist" ||
          briefly launchctl kickstart "$domain/cross-agent-watch"
        ;;
    esac
  fi > /dev/null 2>&1
}
