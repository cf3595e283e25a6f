import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home'

/** What stands for the programs of a system without /proc: shell text. */
export interface SystemPrograms {
  readonly ps?: string
  readonly sysctl?: string
  readonly lsof?: string
}

/** Refuses what the ps of a BSD does not know, and tells what the real one does. */
export const BSD_PS = `
for word do case $word in
  -ww | xww | -p | -o | pid= | ppid= | stat= | tty= | lstart= | command= | [0-9]*) ;;
  *) echo "ps: illegal option -- $word" >&2; exit 1 ;;
esac; done
exec unshare --mount sh -c 'mount --bind "$0" /proc && exec "$@"' "$SCRATCH/proc" "$SCRATCH/ps" "$@"`

/** Tells what macOS tells, and complains of the rest. */
export const MAC_SYSCTL = `
for name do case $name in
  kern.bootsessionuuid) echo 'kern.bootsessionuuid: 5D2E24A1-1B0C-4E0F-9C63-0A54B1D2C3E4' ;;
  *) echo "sysctl: unknown oid '$name'" >&2 ;;
esac; done
exit 1`

/**
 * The words that start a program where /proc is empty and these are the system's own ps, sysctl and lsof, in a mount
 * namespace of its own. Numbers of processes stay as they are.
 */
export function withoutProc(
  home: Home,
  { ps = 'exit 1', sysctl = 'exit 1', lsof = 'exit 1' }: SystemPrograms,
): string[] {
  const scratch = join(home.path, 'without-proc')
  mkdirSync(join(scratch, 'proc'), { recursive: true })
  copyFileSync('/usr/bin/ps', join(scratch, 'ps'))
  const program = (name: string, text: string) =>
    home.write(`without-proc/${name}`, `#!/bin/sh\nSCRATCH='${scratch}'\n${text}\n`, 0o755)
  const sbin = dirOf(program('sbin/sysctl', sysctl))
  const found = program('sbin/lsof', lsof)
  // A Linux may have a program of that name in the folder that is searched first.
  const inPlace = existsSync('/usr/bin/lsof') ? `mount --bind '${found}' /usr/bin/lsof &&` : ''
  const line = `
    mount --bind /proc '${scratch}/proc' && mount --bind '${program('ps-stub', ps)}' /usr/bin/ps && ${inPlace}
    mount --bind '${sbin}' /usr/sbin && mount -t tmpfs none /proc && exec "$@"`
  return ['unshare', '--mount', 'sh', '-c', line, 'sh']
}

const dirOf = (path: string) => path.slice(0, path.lastIndexOf('/'))
