import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home'

/** An environment in which our commands take the system for macOS. What is there stays as it is. */
export function asDarwin(home: Home): Record<string, string> {
  const file = home.write(
    'darwin.cjs',
    "Object.defineProperty(process, 'platform', { value: 'darwin' })\n" +
      "Object.defineProperty(process, 'version', { value: 'v99.0.0' })\n",
  )
  return { NODE_OPTIONS: `--require=${file}` }
}

/** The domain of this user's agents. */
export const DOMAIN = `gui/${process.getuid?.()}`

/**
 * Stubs a launchctl that notes its calls and remembers what is loaded. It says what the real one says, and loads only
 * what a parser of property lists takes. `before` is shell text that it runs first.
 */
export function stubLaunchctl(home: Home, before = ''): void {
  mkdirSync(join(home.path, 'loaded'), { recursive: true })
  home.stub(
    'launchctl',
    `printf '%s\\n' "$*" >> '${home.path}/launchctl.log'
cd '${home.path}/loaded' || exit 70
label=\${2##*/}
${before}
case $1 in
  bootstrap)
    label=$(basename "$3" .plist)
    if [ -e "$label" ] || ! /usr/bin/python3 -c 'import plistlib, sys; plistlib.load(open(sys.argv[1], "rb"))' "$3"; then
      printf 'Bootstrap failed: 5: Input/output error\\nTry re-running the command as root for richer errors.\\n' >&2
      exit 5
    fi
    : > "$label" ;;
  bootout) rm "$label" 2> /dev/null || { echo 'Boot-out failed: 3: No such process' >&2; exit 3; } ;;
  print)
    [ -e "$label" ] || { echo "Could not find service \\"$label\\" in domain for user gui: 501" >&2; exit 113; }
    printf '%s = {\\n\\tactive count = 1\\n\\tstate = %s\\n\\n\\tprogram = /usr/bin/env\\n}\\n' "$2" "\${STATE:-running}" ;;
  enable | kickstart) ;;
  *) echo "Unrecognized subcommand: $1" >&2; exit 64 ;;
esac`,
  )
}

/** The calls that it noted, without those that only ask. */
export function launchctlCalls(home: Home): string[] {
  const log = join(home.path, 'launchctl.log')
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []
  return calls.filter((call) => !call.startsWith('print '))
}
