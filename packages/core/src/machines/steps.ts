import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { reasonOf } from '../fs/system-error'
import { changePeersFile } from '../peers/change-peers-file'
import type { TomlChange } from '../peers/edit-toml'
import { type PeerShell, PeerSilence } from '../peers/peer-shell'
import type { ScriptName } from '../peers/remote-command'
import type { Interruption } from '../programs/interruption'
import { missingIn, wordsOfChange } from './entry'
import { halfAdded } from './failures'
import type { Introduction, ThereChange } from './introduction'
import type { Portrait } from './portrait'
import { importKey, type OwnPublicKey, type PublicKey } from './public-keys'
import type { Target } from './target'

/** Milliseconds. */
const STEP_TIME = 60_000

/** What a step needs while it runs. */
interface Tools {
  readonly shell: PeerShell
  readonly context: Context
  readonly interruption: Interruption
}

/** One change, here or there. Done twice, it changes nothing the second time. */
export interface Step {
  /** In words that follow `to`. */
  readonly does: string
  /** Returns the reason if it fails. Throws Failure or PeerSilence. */
  readonly run: (tools: Tools) => Promise<string | undefined>
}

interface Plan {
  readonly target: Target
  readonly portrait: Portrait
  readonly ours: OwnPublicKey
  readonly theirs: PublicKey | undefined
  /** Who has whose key already. */
  readonly knows: { readonly us: boolean; readonly them: boolean }
  readonly here: readonly TomlChange[]
  readonly there: ThereChange
}

/** What is left to do. The keys come first: an entry without its key would be of no use. */
export function planSteps({ target, portrait, ours, theirs, knows, here, there }: Plan): Step[] {
  const { name } = target
  const entry = { peer: target, signer: theirs?.fingerprint }
  const steps: (Step | false)[] = [
    theirs !== undefined &&
      !knows.them && {
        does: `import its key into your keyring`,
        run: ({ context: { env }, interruption }) => importKey(theirs, { env, interruption }),
      },
    here.length > 0 && {
      does: `${here.map(wordsOfChange).join(' and ')} in peers.toml`,
      run: async ({ context: { paths } }) => {
        await changePeersFile(paths, async (file) => (await missingIn(file, entry)).changes)
        return undefined
      },
    },
    portrait.gpg !== undefined &&
      !knows.us && {
        does: `import our key on ${name}`,
        run: ({ shell }) => runThere(shell, 'accept', [ours.armor, ours.fingerprint]),
      },
    there.changes.length > 0 && {
      does: `${there.changes.map(wordsOfChange).join(' and ')} in peers.toml on ${name}`,
      run: ({ shell }) =>
        runThere(shell, 'write-peers', [there.isThere ? 'there' : 'new', there.before, there.after]),
    },
  ]
  return steps.filter((step) => step !== false)
}

async function runThere(
  shell: PeerShell,
  script: ScriptName,
  words: readonly string[],
): Promise<string | undefined> {
  const last = (await shell.run(script, words, STEP_TIME)).at(-1)?.answer ?? ''
  if (last === 'done') return undefined
  return last === 'changed' ? 'it changed meanwhile' : last.replace(/^failed /, '')
}

/**
 * Takes the steps in their order, and calls `onDone` after each. Throws Failure that names what was done before, and
 * Interrupted between two steps.
 */
export async function takeSteps(
  { steps, shell }: Introduction,
  context: Context,
  interruption: Interruption,
  onDone: (step: Step) => void,
): Promise<void> {
  // What the machine was told is done there anyway. Nobody waits for its answer.
  const stop = interruption.onSignal(() => shell.close())
  const done: string[] = []
  try {
    for (const step of steps) {
      interruption.check()
      await takeStep(step, { shell, context, interruption }, done)
      onDone(step)
      done.push(step.does)
    }
  } finally {
    stop()
  }
}

async function takeStep(step: Step, tools: Tools, done: readonly string[]): Promise<void> {
  let why: string | undefined
  let hints: readonly string[] = []
  try {
    why = await step.run(tools)
  } catch (error) {
    if (!(error instanceof Failure) && !(error instanceof PeerSilence)) throw error
    why = error instanceof Failure ? error.message : reasonOf(error)
    hints = error instanceof Failure ? error.hints : []
  }
  tools.interruption.check()
  if (why !== undefined) throw halfAdded(step.does, why, done, hints)
}
