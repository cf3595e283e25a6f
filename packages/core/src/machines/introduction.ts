import type { Context } from '../command/context'
import { textIfThere } from '../fs/files'
import { editToml, type TomlChange } from '../peers/edit-toml'
import { machineName } from '../peers/machine-name'
import { PeerShell, PeerSilence } from '../peers/peer-shell'
import { PeersFile, readPeersFile, sshTarget } from '../peers/peers-file'
import { userOfSsh } from '../peers/ssh'
import { TomlFile } from '../peers/toml-file'
import type { Interruption } from '../programs/interruption'
import { missingIn } from './entry'
import { machineRefused, machineSilent } from './failures'
import { ownKey } from './own-key'
import { type Portrait, readPortrait } from './portrait'
import { examineKey, hasKey, type OwnPublicKey, type PublicKey } from './public-keys'
import { planSteps, type Step } from './steps'
import { knownName, requireNoTwin, type Target } from './target'
import { findWayBack, type WayBack } from './way-back'

/** Milliseconds: five programs may take ten seconds each. */
const MEET_TIME = 60_000

/** Two machines that know all of each other, and what is to be changed. Nothing is changed yet (contract C30). */
export interface Introduction {
  /** What this machine is called in messages. */
  readonly machine: string
  /** What the other machine is called there. Undefined if it does not say. */
  readonly calledThere: string | undefined
  readonly target: Target
  readonly portrait: Portrait
  readonly ours: OwnPublicKey
  /** Undefined if no key there can sign. */
  readonly theirs: PublicKey | undefined
  /** Whether `[trust]` restricts the keys, here and there. */
  readonly hasTrust: { readonly here: boolean; readonly there: boolean }
  /** `known` if peers.toml there has this machine. Undefined if its peers.toml cannot be read. */
  readonly wayBack: WayBack | 'known' | undefined
  /** In their order. Empty if everything is done already. */
  readonly steps: readonly Step[]
  /** For the steps. Whoever has the introduction closes it. */
  readonly shell: PeerShell
}

/**
 * Connects, and learns all that a person must know before the question. With `mayAsk`, ssh may ask on the terminal.
 * Changes nothing, here or there. Throws Failure.
 */
export async function meet(
  given: Target,
  mayAsk: boolean,
  context: Context,
  interruption: Interruption,
): Promise<Introduction> {
  const options = { env: context.env, interruption }
  const file = await readPeersFile(context.paths, undefined, true)
  const machine = machineName(file, context)
  const known = knownName(given, file)
  requireNoTwin(known, undefined, machine)
  const target = { ...known, user: known.user ?? (await userOfSsh(known, options)) }
  await missingIn(file, { peer: target, signer: undefined })
  const ours = await ownKey(context, options)
  interruption.check()
  const shell = await connect(given, mayAsk, options)
  try {
    const portrait = readPortrait(await shell.run('meet', [ours.fingerprint], MEET_TIME))
    const fileThere = await fileOf(portrait, target)
    const calledThere = fileThere?.localName() ?? portrait.host
    requireNoTwin(target, calledThere, machine)
    const theirs = await keyOf(portrait, target, options)
    const here = await missingIn(file, { peer: target, signer: theirs?.fingerprint })
    await requireEditable(here.changes, context)
    const there = await lookThere({ machine, target, portrait, ours, shell }, fileThere, context, options)
    const knows = { us: portrait.knowsUs, them: theirs !== undefined && (await hasKey(theirs, options)) }
    const steps = planSteps({ target, ours, theirs, portrait, knows, here: here.changes, there })
    const hasTrust = { here: here.hasTrust, there: there.hasTrust }
    return {
      machine,
      calledThere,
      target,
      portrait,
      ours,
      theirs,
      hasTrust,
      wayBack: there.wayBack,
      steps,
      shell,
    }
  } catch (error) {
    shell.close()
    interruption.check()
    if (error instanceof PeerSilence)
      throw machineSilent(sshTarget(target), error.message, 'run the same line again')
    throw error
  }
}

type Options = Parameters<typeof ownKey>[1]

async function connect(target: Target, mayAsk: boolean, options: Options): Promise<PeerShell> {
  try {
    return await PeerShell.open(target, mayAsk, options)
  } catch (error) {
    options.interruption?.check()
    if (!(error instanceof PeerSilence)) throw error
    const hint = `make this work first: ssh ${sshTarget(target)} true`
    throw machineSilent(
      sshTarget(target),
      error.message,
      mayAsk ? hint : `${hint} (without a question, or in a terminal)`,
    )
  }
}

async function keyOf({ key }: Portrait, target: Target, options: Options): Promise<PublicKey | undefined> {
  if (key === undefined) return undefined
  const found = await examineKey(key.bytes, key.fingerprint, options)
  if (typeof found === 'string') throw machineRefused(target.name, found)
  return found
}

/** Throws Failure if peers.toml here cannot be changed safely, before anything is changed anywhere. */
async function requireEditable(changes: readonly TomlChange[], { paths }: Context): Promise<void> {
  if (changes.length > 0) await editToml(textIfThere(paths.peersFile) ?? '', changes, paths.peersFile)
}

/** The change of peers.toml on the other machine. */
export interface ThereChange {
  readonly hasTrust: boolean
  readonly wayBack: Introduction['wayBack']
  readonly changes: readonly TomlChange[]
  /** What the file holds, and what it will hold. */
  readonly before: string
  readonly after: string
  readonly isThere: boolean
}

function pathOn({ name }: Target): string {
  return `peers.toml of ${name}`
}

/** Undefined if it cannot be read there. Throws Failure if it is malformed. */
async function fileOf({ peersToml }: Portrait, target: Target): Promise<PeersFile | undefined> {
  if (peersToml === undefined) return undefined
  const path = pathOn(target)
  return new PeersFile(await TomlFile.ofBytes(peersToml.bytes, path, `cannot read ${path}`))
}

async function lookThere(
  {
    machine,
    target,
    portrait,
    ours,
    shell,
  }: Pick<Introduction, 'machine' | 'target' | 'portrait' | 'ours' | 'shell'>,
  file: PeersFile | undefined,
  context: Context,
  options: Options,
): Promise<ThereChange> {
  const { peersToml } = portrait
  const nothing = { hasTrust: false, wayBack: undefined, changes: [], before: '', after: '', isThere: false }
  if (file === undefined || peersToml === undefined) return nothing
  const wayBack = file.peerNames().includes(machine)
    ? 'known'
    : await findWayBack(shell, machine, context, options)
  const peer =
    wayBack !== 'known' && 'host' in wayBack
      ? { name: machine, host: wayBack.host, user: wayBack.user }
      : undefined
  const { hasTrust, changes } = await missingIn(file, { peer, signer: ours.fingerprint })
  const before = peersToml.bytes.toString()
  const after = changes.length === 0 ? before : await editToml(before, changes, pathOn(target))
  return { hasTrust, wayBack, changes, before, after, isThere: peersToml.isThere }
}
