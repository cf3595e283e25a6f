import type { Home } from './home'
import { gpg } from './keys'

/** Writes a message into the inbox of a project below ~/projects; returns its path. */
export function put(home: Home, project: string, name: string, text: string | Uint8Array): string {
  return home.write(`projects/${project}/inbox/from-agents/${name}`, text)
}

/** The same with a signature beside it, by the home's key or by those named. */
export async function putSigned(
  home: Home,
  project: string,
  name: string,
  text: string | Uint8Array,
  ...keys: string[]
): Promise<string> {
  const path = put(home, project, name, text)
  await sign(home, path, ...keys)
  return path
}

/** Signs a file. */
export async function sign(home: Home, path: string, ...keys: string[]): Promise<void> {
  const signers = keys.flatMap((key) => ['--local-user', key])
  await gpg(home, ...signers, '--armor', '--output', `${path}.asc`, '--detach-sign', path)
}
