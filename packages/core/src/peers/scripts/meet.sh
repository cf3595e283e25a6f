# What a machine tells before it is added (C30). The script only reads. $1 is the fingerprint of the other machine's key.
tab=$(printf '\t')
limited() {
  within 10 "$@" 2> /dev/null
}
# Bytes in hexadecimal, every line behind a tab.
bytes() {
  od -A n -v -t x1 | sed "s/^/$tab/"
}
say host "$(uname -n)"
say user "$(id -un)"
tell_halt
if rsync=$(rsync --version 2> /dev/null < /dev/null); then say rsync "$rsync"; fi
peers=$config/peers.toml
if ! there "$peers"; then
  say no-peers
elif [ -f "$peers" ] && [ -r "$peers" ] && [ "$(wc -c < "$peers")" -le 32768 ]; then
  say peers
  bytes < "$peers"
fi
count=0
for folder in "$HOME"/projects/*/; do
  if ! [ -d "$folder" ] || [ "$count" -ge 100 ]; then continue; fi
  count=$((count + 1))
  folder=${folder%/}
  say project "${folder##*/}"
done

# rsync is started by ssh, with ssh's PATH. Sessions of people and agents have these folders too.
PATH=$PATH:$HOME/.local/bin:$HOME/bin:/usr/local/bin:/opt/homebrew/bin
if command -v cross-agent-recv > /dev/null; then
  say commands "$(limited cross-agent-recv --version)"
fi
# gpg would make a keyring, so there must be one.
keyring=${GNUPGHOME:-$HOME/.gnupg}
look() {
  limited gpg --batch --no-auto-check-trustdb --no-random-seed-file "$@"
}
setting() {
  limited git -c safe.bareRepository=explicit config --get "$1"
}
if gpg=$(limited gpg --version); then
  say gpg "$gpg"
  if [ -e "$keyring/pubring.kbx" ] || [ -e "$keyring/pubring.gpg" ] || [ -e "$keyring/public-keys.d" ]; then
    if look --list-keys -- "$1" > /dev/null; then say knows; fi
    # The key that send would use there (A3).
    key=${GPG_USER:-}
    if [ -z "$key" ]; then
      case $(setting gpg.format) in
        '' | openpgp) key=$(setting user.signingkey) ;;
      esac
    fi
    set --
    [ -z "$key" ] || set -- --local-user "$key"
    told=$(look --pinentry-mode error --status-fd 3 --output - "$@" --detach-sign 3>&1 > /dev/null)
    case $told in
      *KEY_CONSIDERED*BEGIN_SIGNING*)
        key=${told##*KEY_CONSIDERED }
        key=${key%% *}
        case $told in
          *SIG_CREATED*) ;;
          *) say locked ;;
        esac
        say key "$key"
        look --export-options export-minimal,no-export-attributes --export -- "$key" | bytes
        ;;
    esac
  fi
fi
say end
