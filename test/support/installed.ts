import { join } from 'node:path'
import { root } from '../../scripts/project.mjs'
import type { Home, Outcome } from './home'

/**
 * A home where lines of the documents can be pasted: npm installs below the home and without network, and builds
 * nothing, for other tests use what is built.
 */
export class InstalledHome {
  readonly home: Home
  /** What npm installs to where no other prefix is named. */
  readonly prefix: string
  readonly #env: Record<string, string>

  /** `tarballs` is the folder where they lie: see packed.ts. */
  constructor(home: Home, tarballs: string) {
    this.home = home
    this.prefix = join(home.path, 'npm')
    this.#env = {
      PATH: `${this.prefix}/bin:${home.env.PATH}`,
      npm_config_prefix: this.prefix,
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    }
    const behind = home.env.PATH?.split(':').slice(1).join(':')
    home.stub(
      'npm',
      [
        `PATH='${behind}'`,
        'case "$*" in',
        `"run pack") mkdir -p dist && exec cp '${tarballs}'/*.tgz dist ;;`,
        `"run install:global") exec node '${root}/scripts/install-global.mjs' --packed '${tarballs}' ;;`,
        '*) exec npm "$@" ;;',
        'esac',
      ].join('\n'),
    )
  }

  /** Runs lines as they stand, as if pasted into a shell. */
  paste(lines: string, cwd: string, shell = 'sh'): Promise<Outcome> {
    return this.home.exec(shell, ['-c', lines], { cwd, env: this.#env })
  }
}
