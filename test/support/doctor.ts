import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Home, RunOptions } from './home'

/** What `status --doctor --json` says of a part. */
export interface Finding {
  readonly name: string
  readonly state: 'ok' | 'bad' | 'absent' | 'unknown'
  readonly said: string
  readonly remedy: { readonly words: string; readonly command: string | null } | null
}

/** A node that is not past its end of life, whatever day it is: the real one, under another number. */
export function asNode(home: Home, version: string): Record<string, string> {
  const file = home.write(
    'version.cjs',
    `Object.defineProperty(process, 'version', { value: '${version}' })\n`,
  )
  return { NODE_OPTIONS: `--require=${file}` }
}

/** Runs the doctor; its exit code must be that of what it found. */
export async function examineHome(home: Home, options: RunOptions = {}): Promise<Finding[]> {
  const env = options.env?.NODE_OPTIONS ? options.env : { ...asNode(home, 'v99.0.0'), ...options.env }
  const { exitCode, stdout, stderr } = await home.run('status', ['--doctor', '--json'], { ...options, env })
  if (stderr !== '') throw new Error(stderr)
  const { healthy, checks }: { healthy: boolean; checks: Finding[] } = JSON.parse(stdout)
  if (healthy !== (exitCode === 0)) throw new Error(`exit ${exitCode}, healthy: ${healthy}`)
  return checks
}

/** What is wrong with a home. */
export async function faultsOf(home: Home, options: RunOptions = {}): Promise<Finding[]> {
  return (await examineHome(home, options)).filter(({ state }) => state === 'bad')
}

/** A PATH with these of the system's programs and no others. */
export function pathOf(home: Home, ...programs: readonly string[]): { PATH: string } {
  const folder = join(home.path, 'few-programs')
  mkdirSync(folder)
  for (const program of programs) symlinkSync(join('/usr/bin', program), join(folder, program))
  return { PATH: folder }
}
