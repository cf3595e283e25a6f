// @ts-check
/**
 * `container-engine.mjs ROOT IMAGE_FOLDER run OPTION… IMAGE WORD…` prints, for sh as the first process of new namespaces, the
 * script that does what `docker run` would: the host's programs and IMAGE_FOLDER's commands as the image, the bind
 * mounts of the line, and nothing else of the host. Whatever it does not know ends it with 125, as an engine.
 */
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { root as repository } from '../../scripts/project.mjs'

const [root = '', imageFolder = '', ...line] = process.argv.slice(2)

/** @param {string} word */
const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`

/** What an image has. */
const IMAGE = ['/bin', '/sbin', '/lib', '/lib64', '/usr', '/etc', '/opt', '/dev']

/** @param {string} text */
function bindMount(text) {
  const parts = new Map(
    text.split(',').map((part) => {
      const [key = '', ...value] = part.split('=')
      return [key, value.join('=')]
    }),
  )
  const known = ['type', 'src', 'dst', 'readonly']
  const [from, to] = [parts.get('src'), parts.get('dst')]
  if (parts.get('type') !== 'bind' || !from || !to || [...parts.keys()].some((key) => !known.includes(key)))
    throw new Error(`not a bind mount: ${text}`)
  return { from, to, isReadOnly: parts.has('readonly') }
}

/** @param {{ from: string, to: string, isReadOnly: boolean }} mount */
function mountLines({ from, to, isReadOnly }) {
  const place = quoted(root + to)
  return [
    `if [ -d ${quoted(from)} ]; then mkdir -p ${place}; else mkdir -p ${quoted(root + dirname(to))}; touch ${place}; fi`,
    `mount --rbind ${quoted(from)} ${place}`,
    ...(isReadOnly ? [`mount -o remount,bind,ro ${place}`] : []),
  ]
}

function script() {
  const end = line.indexOf('IMAGE')
  if (line[0] !== 'run' || end < 0) throw new Error(`not understood: ${line.join(' ')}`)
  const text = /** @type {const} */ ({ type: 'string' })
  const flag = /** @type {const} */ ({ type: 'boolean' })
  const many = /** @type {const} */ ({ type: 'string', multiple: true })
  const { values } = parseArgs({
    args: line.slice(1, end),
    options: {
      ...{ rm: flag, interactive: flag, init: flag },
      ...{ user: text, hostname: text, workdir: text, userns: text, env: many, mount: many },
    },
  })
  const mounts = (values.mount ?? []).map(bindMount).sort((a, b) => a.to.length - b.to.length)
  const env = ['PATH=/image/bin:/usr/local/bin:/usr/bin:/bin', 'LANG=C.UTF-8', ...(values.env ?? [])]
  const [user = '0', group = user] = values.user?.split(':') ?? []
  // In a user namespace there is one user, whatever his number.
  const asUser = process.getuid?.() === 0 ? `setpriv --reuid ${user} --regid ${group} --clear-groups` : ''
  const node = dirname(dirname(process.execPath))
  return [
    'set -eu',
    `hostname ${quoted(values.hostname ?? 'a1b2c3d4e5f6')}`,
    `mount -t tmpfs -o mode=755 tmpfs ${quoted(root)}`,
    ...IMAGE.map(
      (from) => `[ ! -e ${from} ] || { mkdir ${root}${from}; mount --rbind ${from} ${root}${from}; }`,
    ),
    ...[node, repository].flatMap((from) =>
      IMAGE.some((known) => from.startsWith(known)) ? [] : mountLines({ from, to: from, isReadOnly: false }),
    ),
    ...mountLines({ from: imageFolder, to: '/image', isReadOnly: true }),
    `mkdir -m 1777 ${quoted(`${root}/tmp`)}`,
    `mkdir ${quoted(`${root}/proc`)}; mount -t proc proc ${quoted(`${root}/proc`)}`,
    ...mounts.flatMap(mountLines),
    // The first process stays, as with --init.
    `chroot ${quoted(root)} /usr/bin/env -i ${env.map(quoted).join(' ')} ${asUser} sh -c 'cd "$0" && exec "$@"' ${[
      values.workdir ?? '/',
      ...line.slice(end + 1),
    ]
      .map(quoted)
      .join(' ')}`,
    'exit $?',
  ].join('\n')
}

try {
  process.stdout.write(script())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 125
}
