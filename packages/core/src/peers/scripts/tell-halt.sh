# Defines tell_halt, which says whether the brake is set here. A folder that cannot be searched may hold HALT (B27).
config=$HOME/.config/cross-agent-comms
tell_halt() {
  if there "$config/HALT"; then
    say halted
  elif [ -e "$config" ] && ! [ -x "$config" ]; then
    say halted
  fi
}
