# Imports a public key (C30). $1 is the key in gpg's armor, $2 its fingerprint.
PATH=$PATH:$HOME/.local/bin:$HOME/bin:/usr/local/bin:/opt/homebrew/bin
told=$(printf '%s\n' "$1" | gpg --batch --no-auto-check-trustdb --import 2>&1)
if gpg --batch --no-auto-check-trustdb --list-keys -- "$2" < /dev/null > /dev/null 2>&1; then
  say 'done'
else
  set -f
  # shellcheck disable=SC2086 # its lines become one
  say failed $told
fi
