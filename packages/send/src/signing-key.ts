import type { Context } from '@cac/core/context'
import { exec } from '@cac/core/exec'

/** The key to sign with: `--key`, `GPG_USER`, git's `user.signingkey`; undefined leaves it to gpg (A3). */
export async function signingKey(flag: string | undefined, context: Context): Promise<string | undefined> {
  return nonEmpty(flag) ?? nonEmpty(context.env.GPG_USER) ?? (await gitSigningKey(context))
}

/** git may be told to sign with ssh or X.509 keys, which mean nothing to gpg: only OpenPGP ones count. */
async function gitSigningKey(context: Context): Promise<string | undefined> {
  const result = await exec(
    'git',
    ['config', '--get-regexp', '--null', '^(user\\.signingkey|gpg\\.format)$'],
    {
      env: context.env,
    },
  )
  if (result.exitCode !== 0) return undefined
  const settings = new Map(
    result.stdout.split('\0').map((entry) => {
      const end = entry.indexOf('\n')
      return [entry.slice(0, end), entry.slice(end + 1)] as const
    }),
  )
  const format = settings.get('gpg.format')
  return format === undefined || format === 'openpgp' ? nonEmpty(settings.get('user.signingkey')) : undefined
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
