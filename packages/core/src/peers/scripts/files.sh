# Flushes files and the working folder to the disk. Fails if the disk does. Flushing a whole machine may take minutes, so
# only what flushes single files is called: `sync` where it may be that of Linux, since that of a BSD takes no names
# and does not say so; else `fsync` of FreeBSD; else perl, which macOS has. Without any, nothing is flushed.
flush() {
  if [ -e /proc/self ]; then
    said=$(sync -- "$@" . 2>&1)
  elif command -v fsync > /dev/null; then
    said=$(fsync -- "$@" 2>&1)
  else
    # shellcheck disable=SC2016 # the dollars are perl's
    said=$(perl -MIO::Handle -e '
      for (@ARGV, ".") {
        open(my $file, "<", $_) or next;
        $file->sync or die "error syncing: $!\n";
      }' -- "$@" 2>&1)
  fi || case $said in
    *'error syncing'* | *'output error'* | *'space left'*) return 1 ;;
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
