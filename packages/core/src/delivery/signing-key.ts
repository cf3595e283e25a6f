import type { Context } from '../command/context'
import { type ExecOptions, exec } from '../programs/exec'
import { gitHangs } from './failures'

/** The key to sign with: `--key`, `GPG_USER`, git's `user.signingkey`; undefined leaves it to gpg (A3). */
export async function signingKey(
  flag: string | undefined,
  env: Context['env'],
  options: ExecOptions,
): Promise<string | undefined> {
  return nonEmpty(flag) ?? nonEmpty(env.GPG_USER) ?? openPgpKey(await gitSigning(options))
}

/** How git signs, as far as it says. */
export interface GitSigning {
  readonly format: string | undefined
  readonly key: string | undefined
}

/** git may be told to sign with ssh or X.509 keys, which mean nothing to gpg: only OpenPGP ones count. */
export function openPgpKey({ format, key }: GitSigning): string | undefined {
  return format === undefined || format === 'openpgp' ? key : undefined
}

/** Milliseconds: git only reads small files, unless they are made to keep it waiting. */
const GIT_TIME = 5000

/**
 * What git says of signing. A working folder that merely looks like a repository must neither choose the key nor
 * hang us (contract B42). Throws Failure where git hangs.
 */
export async function gitSigning(options: ExecOptions): Promise<GitSigning> {
  const query = ['config', '--get-regexp', '--null', '^(user\\.signingkey|gpg\\.format)$']
  const args = ['-c', 'safe.bareRepository=explicit', ...query]
  const result = await exec('git', args, { timeout: GIT_TIME, ...options })
  if (result.failure === 'timed-out') {
    throw gitHangs(GIT_TIME / 1000)
  }
  if (result.exitCode !== 0) return { format: undefined, key: undefined }
  const settings = new Map(
    result.stdout.split('\0').map((entry) => {
      const end = entry.indexOf('\n')
      return [entry.slice(0, end), entry.slice(end + 1)] as const
    }),
  )
  return { format: settings.get('gpg.format'), key: nonEmpty(settings.get('user.signingkey')) }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
