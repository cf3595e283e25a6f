/**
 * For a stub of ssh, the command in `$6`: says what a peer says that did as it was told, the sum that our commands
 * ask for (contract B34), and ends with 0. It starts no program, for where few may run.
 */
export const ANSWER_HONESTLY = `
case $6 in *'echo cross-agent $(('*)
  asked=\${6##*'echo cross-agent $(('}
  echo "cross-agent $((\${asked%%))*}))" ;;
esac
exit 0`

/** What is left of a command for a peer without the look at its end: the script's own, and that for the watcher. */
export function withoutLook(command: string): string {
  return command.replace(/ && sh -c '[^']*echo cross-agent \$\(\(\d+ \+ \d+\)\)'$/, '')
}
