import { realPath } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'

/** Bytes of the largest settings of Codex that are read. */
const LARGEST = 10 * 1024 * 1024
/** Our events, as Codex names them in what it notes of hooks. */
const EVENTS = ['session_start', 'user_prompt_submit', 'stop']

/**
 * Whether Codex has noted, in its config.toml, that it may run the hooks in a file. Undefined where there are no such
 * settings, or none that can be read. Whether a hook has changed since then is not told apart.
 */
export function isTrustedByCodex(
  hooksFile: string,
  { home, env }: { readonly home: string; readonly env: Readonly<Record<string, string | undefined>> },
): boolean | undefined {
  let settings: string
  try {
    const folder = env.CODEX_HOME || joinPath(home, '.codex')
    settings = takeSnapshot(joinPath(folder, 'config.toml'), LARGEST).bytes.toString()
  } catch {
    return undefined
  }
  // Keys are `FILE:EVENT:GROUP:HOOK`, quoted as in JSON.
  const files = [hooksFile, realPath(hooksFile)].map((file) => JSON.stringify(file).slice(1, -1))
  return EVENTS.every((event) => files.some((file) => settings.includes(`${file}:${event}:`)))
}
