import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { Context } from '../command/context'
import { makePrivateFolder, removePrivateFolder } from '../delivery/private-folder'
import type { PeerShell } from '../peers/peer-shell'
import { type ExecOptions, exec } from '../programs/exec'
import { isHost, isUser } from './target'

/** By which name and user another machine's ssh reaches this one, or why no name of ours leads here. */
export type WayBack =
  | { readonly host: string; readonly user: string | undefined }
  | { readonly missed: readonly { readonly host: string; readonly why: string }[] }

/** Milliseconds: ssh there may try four names, and look for each of them first. */
const TIME_LIMIT = 90_000
/** Milliseconds. */
const SHORT_TIME = 5_000
/** What no login shell changes. */
const PLAIN_PATH = /^\/[\w./-]+$/

type Options = Pick<ExecOptions, 'env' | 'interruption'>

/**
 * Has a machine look for this one, by reading a file here. It gets no password and writes nothing, not even a host key.
 * Throws PeerSilence.
 */
export async function findWayBack(
  shell: PeerShell,
  machine: string,
  { tempFolder }: Context,
  options: Options,
): Promise<WayBack> {
  const user = await say('id', ['-un'], options)
  const names = await namesOf(machine, options)
  const word = randomBytes(16).toString('hex')
  const folder = makePrivateFolder(tempFolder)
  try {
    // A later send knows this name, if we are killed.
    const file = `${folder}/message.org`
    writeFileSync(file, `${word}\n`, { mode: 0o600 })
    if (!PLAIN_PATH.test(file)) return { missed: [] }
    const usable = user !== undefined && isUser(user) ? user : ''
    const answers = await shell.run('find-back', [file, word, usable, ...names], TIME_LIMIT)
    return readAnswers(
      answers.map(({ answer }) => answer),
      usable === '' ? undefined : usable,
    )
  } finally {
    removePrivateFolder(folder)
  }
}

function readAnswers(answers: readonly string[], user: string | undefined): WayBack {
  const reached = answers.find((answer) => answer.startsWith('reached '))?.slice('reached '.length)
  if (reached !== undefined && isHost(reached)) return { host: reached, user }
  const missed = answers.flatMap((answer) => {
    const [, host, why] = /^missed (\S+) (.*)$/.exec(answer) ?? []
    return host === undefined || why === undefined ? [] : [{ host, why }]
  })
  return { missed }
}

/** What this machine may be called in a network, the most lasting names first. */
async function namesOf(machine: string, options: Options): Promise<string[]> {
  const full = await say('uname', ['-n'], options)
  const short = full?.split('.')[0] ?? machine
  return [...new Set([full ?? machine, short, machine, `${short}.local`])].filter(isHost)
}

async function say(program: string, args: readonly string[], options: Options): Promise<string | undefined> {
  const result = await exec(program, args, { ...options, timeout: SHORT_TIME })
  const said = result.stdout.trim()
  return result.exitCode === 0 && said !== '' ? said : undefined
}
