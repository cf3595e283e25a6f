# zsh -f one-tab.zsh SCRIPT LINE: prints LINE as it is after one TAB, in an interactive zsh on a terminal of its own.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PS2=; autoload -Uz compinit; compinit -u -d ${HOME}/.zcompdump; . ${(q)1}"
zpty -w shell "_show() { print -r -- \"<<\$BUFFER>>\" }; zle -N _show; bindkey '^X' _show; echo READY'!'"
output=
while zpty -r shell part; do [[ $part == *READY!* ]] && break; done
zpty -w -n shell "$2"$'\t\x18'
while [[ $output != *'<<'*'>>'* ]] && zpty -r shell part; do output+=$part; done
zpty -d shell
print -r -- "${${output##*'<<'}%%'>>'*}"
