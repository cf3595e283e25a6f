import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home'

const LOOPBACK = ['--batch', '--quiet', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '']

/** Runs gpg in a home that has a key; throws with gpg's words if it fails. */
export async function gpg(home: Home, ...args: string[]): Promise<string> {
  const done = await home.exec('gpg', [...LOOPBACK, ...args])
  if (done.exitCode !== 0) throw new Error(`gpg ${args.join(' ')}: ${done.stderr}`)
  return done.stdout
}

/** The fingerprint of a key by its name. */
export async function fingerprint(home: Home, name: string): Promise<string> {
  const listing = await gpg(home, '--with-colons', '--list-keys', name)
  return /^fpr:+([0-9A-F]+):/m.exec(listing)?.[1] ?? ''
}

/** Revokes a key by the certificate that gpg made with it. */
export async function revoke(home: Home, name: string): Promise<void> {
  const certificate = join(
    home.env.GNUPGHOME ?? '',
    'openpgp-revocs.d',
    `${await fingerprint(home, name)}.rev`,
  )
  writeFileSync(certificate, readFileSync(certificate, 'utf8').replace(/^:(-----BEGIN)/m, '$1'))
  await gpg(home, '--import', certificate)
}
