# Runs one command after another, as a login shell runs one (see remote-command.ts), until the input ends. So somebody
# who has to type a password types it once (C30).
say 'done'
l=$(
  echo
  echo .
)
l=${l%.}
s=
while IFS= read -r x; do
  case $x in
    'cross-agent begin '*) s= ;;
    'cross-agent end '*)
      (eval "$s") < /dev/null
      s=
      ;;
    *) s=$s$x$l ;;
  esac
done
