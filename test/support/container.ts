import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { binOf, commands, root } from '../../scripts/project.mjs'
import type { Home } from './home'
import { isCi } from './root'

/** Root has what it needs; others need a user namespace, in which they are root. */
const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
const NAMESPACES = [...asRoot, '--mount', '--pid', '--fork', '--uts', '--ipc', '--kill-child']

/** Whether this machine makes namespaces with mounts of their own. Where CI runs the tests, it must. */
export const hasContainers =
  isCi ||
  spawnSync('unshare', [...NAMESPACES, 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' })
    .status === 0

/**
 * Gives a home a `docker` and a `podman` that run a line in namespaces of its own, with the mounts of that line. The
 * image has our commands. The home must not be removed while one runs.
 */
export function giveContainers(home: Home): void {
  mkdirSync(join(home.path, 'container/root'), { recursive: true })
  for (const command of commands)
    home.write(
      `container/image/bin/cross-agent-${command}`,
      `#!/bin/sh\nexec '${process.execPath}' '${binOf(command)}' "$@"\n`,
      0o755,
    )
  const [mountPoint, image] = ['root', 'image'].map((name) => join(home.path, 'container', name))
  const words = `'${process.execPath}' '${root}/test/support/container-engine.mjs' '${mountPoint}' '${image}'`
  for (const engine of ['docker', 'podman'])
    home.stub(
      engine,
      `script=$(${words} "$@") || exit 125\nexec unshare ${NAMESPACES.join(' ')} sh -c "$script"`,
    )
}
