import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home'

/** Makes a peer's programs, unless they are there, and no others: the folder that is its PATH. */
export type LeanPeer = (home: Home) => string

/**
 * Like a BSD: programs refuse what only GNU's know. No `timeout`, no systemctl. `sync` takes no names, and flushes
 * everything.
 */
export const bsdPeer: LeanPeer = (home) => {
  if (existsSync(join(home.path, 'bsd'))) return join(home.path, 'bsd')
  const folder = folderOf(
    home,
    'bsd',
    'sh cat wc mkdir rm id sleep cksum awk head perl ls uname tr sed od mv cp'.split(' '),
  )
  const program = (name: string, text: string) => home.write(`bsd/${name}`, `#!/bin/sh\n${text}\n`, 0o755)
  program(
    'find',
    `days=
for word do
  case $word in -maxdepth | -mindepth | -mmin | -printf | -regextype | -delete | -print0)
    echo "find: $word: unknown primary or operator" >&2; exit 1 ;;
  esac
  # Each begun day is a whole one.
  if [ "$days" ]; then case $word in +*) word=+$((\${word#+} - 1)) ;; -*) word=-$((\${word#-} - 1)) ;; esac; fi
  days=
  [ "$word" != -mtime ] || days=yes
  set -- "$@" "$word"
  shift
done
exec /usr/bin/find "$@"`,
  )
  program(
    'stat',
    `[ "$1" = -f ] || { echo 'stat: illegal option' >&2; exit 1; }
form=$(printf '%s' "$2" | /usr/bin/sed 's/%c/%Z/g; s/%N/%n/g; s/%m/%Y/g')
shift 2
exec /usr/bin/stat -c "$form" "$@"`,
  )
  program(
    'readlink',
    `case $1 in -*) echo 'readlink: illegal option' >&2; exit 1 ;; esac; exec /usr/bin/readlink "$1"`,
  )
  program('date', `case $1 in +*) exec /bin/date "$1" ;; esac; echo 'date: illegal option' >&2; exit 1`)
  program('sysctl', `[ "$*" = '-n kern.hostuuid' ] || exit 1; echo 8d4ac0f5-0000`)
  program('sync', `: > '${home.path}/all-was-flushed'`)
  return folder
}

/** Like a small Linux: nothing but busybox. */
export const busyboxPeer: LeanPeer = (home) => {
  const folder = join(home.path, 'busybox')
  return existsSync(folder) ? folder : folderOf(home, 'busybox', APPLETS, () => '/bin/busybox')
}

const APPLETS =
  'sh cat wc mkdir rm id sleep awk head find stat date sync timeout ls uname tr sed readlink od mv cp'.split(
    ' ',
  )

function folderOf(
  home: Home,
  name: string,
  programs: readonly string[],
  pathOf = (program: string) => `/usr/bin/${program}`,
): string {
  const folder = join(home.path, name)
  mkdirSync(folder)
  for (const program of programs) symlinkSync(pathOf(program), join(folder, program))
  return folder
}
