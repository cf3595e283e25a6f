import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { isSurelyAbsent } from '../fs/files'
import { realPath } from '../fs/folder'
import { machineName } from '../peers/machine-name'
import { type Peer, type PeersFile, readPeersFile } from '../peers/peers-file'
import { isFolder } from '../project/layout'
import { Projects } from '../project/projects'
import { counted } from '../text/counted'
import { nearestNames } from '../text/nearest'
import { absent, bad, type Check, ok } from './check'

const NAME = 'peers.toml'

/** peers.toml as far as it can be read, its checks, and the peers that can be reached. */
export interface PeersFound {
  readonly checks: readonly Check[]
  readonly file: PeersFile | undefined
  readonly peers: readonly Peer[]
}

export async function checkPeersFile(context: Context): Promise<PeersFound> {
  const { paths } = context
  const none = { file: undefined, peers: [] }
  let file: PeersFile
  try {
    if (isSurelyAbsent(paths.peersFile))
      return { ...none, checks: [absent(NAME, 'not there: messages go to projects of this machine only')] }
    file = await readPeersFile(paths, `cannot read ${paths.peersFile}`, true)
  } catch (error) {
    return { ...none, checks: [badPart(error)] }
  }
  const checks: Check[] = []
  const attempt = <Value>(read: () => Value, otherwise: Value): Value => {
    try {
      return read()
    } catch (error) {
      checks.push(badPart(error))
      return otherwise
    }
  }
  const names = attempt(() => file.peerNames(), [])
  const peers = names.flatMap((name) => attempt(() => file.peer(name) ?? [], []))
  attempt(() => file.placedProjects(), [])
  const machine = attempt(() => machineName(file, context), undefined)
  checks.push(...(await unknownKeyChecks(file)), ...twinChecks(names, machine))
  for (const root of attempt(() => new Projects(paths, file).roots, []))
    checks.push(...checkRoot(root, context))
  if (checks.length > 0) return { file, peers, checks }
  const called = machine === context.hostName ? '' : `; this machine is called ${machine}`
  return { file, peers, checks: [ok(NAME, counted(names.length, 'peer', 'peers') + called)] }
}

/** A misspelt key has no effect (contract B69). `checkTrust` reports keys about trust. */
async function unknownKeyChecks(file: PeersFile): Promise<Check[]> {
  return (await file.unknownKeys())
    .filter(({ isAboutTrust }) => !isAboutTrust)
    .map(({ shown, known }) => {
      const near = nearestNames(shown, known, 1)[0]
      const words =
        near === undefined ? `take it out; known are ${known.join(', ')}` : `write ${near}, if that was meant`
      return bad(NAME, `${shown} is not known, and has no effect`, words)
    })
}

/** If a peer has this machine's name, a destination or FROM is ambiguous (contract B54). */
function twinChecks(names: readonly string[], machine: string | undefined): Check[] {
  if (machine === undefined || !names.includes(machine)) return []
  const said = `peers.${machine} has the name of this machine: nothing can be sent there, and nobody can tell whom to answer`
  return [bad(NAME, said, 'give that peer another name, or this machine: [local] name')]
}

/** ~/projects may be missing until the first message arrives. Any other root is configured, so it must exist. */
function checkRoot(root: string, { paths }: Context): Check[] {
  if (root === paths.projects || isFolder(realPath(root))) return []
  return [bad(NAME, `local.roots: ${root} is not a folder`, 'make that folder, or remove it from the list')]
}

function badPart(error: unknown): Check {
  if (!(error instanceof Failure)) throw error
  return bad(NAME, error.message, error.hints.join('; '))
}
