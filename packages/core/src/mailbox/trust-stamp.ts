import { statSync } from 'node:fs'
import type { Context } from '../command/context'
import { joinPath } from '../fs/paths'
import { toPath } from '../text/raw-name'

/** What in a keyring says which signatures are good. */
const KEYRING = ['pubring.kbx', 'pubring.gpg', 'public-keys.d/pubring.db', 'common.conf', 'gpg.conf']

/** What verdicts of now depend on, beside the message: another one where lists of trust or keys have changed. */
export function trustStamp({ env, home, paths }: Context): string {
  const keyring = env.GNUPGHOME || joinPath(home, '.gnupg')
  const files = [paths.peersFile, ...KEYRING.map((name) => joinPath(keyring, name))]
  return [keyring, ...files.map(stampOf)].join('\n')
}

function stampOf(path: string): string {
  try {
    const stats = statSync(toPath(path), { bigint: true, throwIfNoEntry: false })
    return stats === undefined
      ? ''
      : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':')
  } catch {
    return ''
  }
}
