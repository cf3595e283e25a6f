# Flushes files and the working folder to the disk. Fails if the disk does. Only coreutils flushes single files. Without
# it nothing is flushed, because flushing a whole machine may take minutes.
flush() {
  said=$(sync -- "$@" . 2>&1) || case $said in
    *'error syncing'*) return 1 ;;
  esac
}
# Checksum and length of each file here: `-` if no program here can tell, `gone` if the file is missing.
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
