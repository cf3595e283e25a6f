# By which name ssh here reaches the machine that asks (C30). $1 is a file there, $2 what it holds, $3 its user. The
# other words are its names. It learns no host key, because nothing may change here yet.
file=$1
word=$2
user=$3
shift 3
# The address that its connection comes from is the last resort.
[ -z "${SSH_CONNECTION:-}" ] || set -- "$@" "${SSH_CONNECTION%% *}"
for host do
  told=$(ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o UpdateHostKeys=no -o ConnectTimeout=5 "${user:+$user@}$host" cat "$file" < /dev/null 2>&1)
  case $told in
    *"$word"*)
      say reached "$host"
      break
      ;;
  esac
  say missed "$host" "$(printf '%s\n' "$told" | grep . | tail -n 1)"
done
say end
