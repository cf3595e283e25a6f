import type { Context } from '../command/context'
import { exec, lastWords, type Result } from '../programs/exec'
import { absent, bad, type Check, ok } from './check'

/** Milliseconds that a program may take to tell its version. */
const TIME_LIMIT = 10_000
/** The first gpg that can make the signatures of this protocol without a terminal. */
const OLDEST_GPG = [2, 1] as const

export async function checkGpg({ env }: Context): Promise<Check[]> {
  const result = await exec('gpg', ['--version'], { env, timeout: TIME_LIMIT })
  if (result.exitCode !== 0) return [missing('gpg', result, 'nothing can be signed or verified', 'gnupg')]
  const version = versionIn(result.stdout)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST_GPG[0] || (major === OLDEST_GPG[0] && minor < OLDEST_GPG[1])
  if (isOld) return [bad('gpg', `${version} is too old`, 'install gnupg 2.2 or newer')]
  return [ok('gpg', version)]
}

/** ssh and rsync: needed only where there are peers. */
export async function checkTransport({ env }: Context, hasPeers: boolean): Promise<Check[]> {
  const options = { env, timeout: TIME_LIMIT }
  const [ssh, rsync] = await Promise.all([
    exec('ssh', ['-V'], options),
    exec('rsync', ['--version'], options),
  ])
  return [
    checkProgram('ssh', ssh, ssh.stderr.split(/[,\n]/, 1)[0] ?? '', 'openssh-client', hasPeers),
    checkProgram('rsync', rsync, versionIn(rsync.stdout), 'rsync', hasPeers),
  ]
}

function checkProgram(name: string, result: Result, version: string, pack: string, isNeeded: boolean): Check {
  if (result.exitCode === 0) return ok(name, version)
  if (!isNeeded) return absent(name, 'not there, and not needed without peers')
  return missing(name, result, 'nothing can be sent to peers', pack)
}

function missing(name: string, result: Result, consequence: string, pack: string): Check {
  if (result.failure === 'not-found') return bad(name, `not found: ${consequence}`, `install ${pack}`)
  const words = result.failure === 'timed-out' ? `no end within ${TIME_LIMIT / 1000} s` : lastWords(result)
  return bad(name, `does not work: ${words}`, `put that right, or install ${pack} again`, `${name} --version`)
}

function versionIn(stdout: string): string {
  return /\d+(?:\.\d+)+\S*/.exec(stdout.split('\n', 1)[0] ?? '')?.[0] ?? 'of unknown version'
}
