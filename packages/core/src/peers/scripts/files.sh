# Brings files and the working folder to the disk; fails where the disk does. Only coreutils flushes single files: others
# are left alone, for to flush all that a machine has may take minutes.
flush() {
  said=$(sync -- "$@" . 2>&1) || case $said in
    *'error syncing'*) return 1 ;;
  esac
}
# Checksum and length of each file as it lies here: `-` where nothing here can tell, `gone` where it is not there.
sums() {
  for file do
    if told=$(cksum < "$file" 2> /dev/null) && [ -n "$told" ]; then
      echo "${told%% *}:${told##* }"
    elif ! there "$file"; then
      echo gone
    else
      told=$(wc -c < "$file" 2> /dev/null) || told=-
      echo "-:${told##* }"
    fi
  done 2> /dev/null
}
