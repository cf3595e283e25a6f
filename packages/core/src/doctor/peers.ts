import type { Context } from '../command/context'
import { destinationOnPeer } from '../delivery/destination'
import { type Peer, type PeersFile, sshTarget } from '../peers/peers-file'
import { NO_COMMANDS, peersAtOnce, reach, reachProblem } from '../peers/reach'
import { asksAgain, RemoteCommand } from '../peers/remote-command'
import type { Result } from '../programs/exec'
import { findProgram } from '../programs/find-program'
import { mapParallel } from '../programs/parallel'
import { counted } from '../text/counted'
import { bad, type Check, ok, shellWord, someOf, unknown } from './check'
import { answerOf, type PeerAnswer } from './peer-answer'
import { machineIfSound, namedPeer, twinChecks, withOwnName } from './peer-names'

/** `connect` is in seconds, `total` in milliseconds. */
const PATIENCE = { connect: 5, total: 15_000 }
/** Seconds that clocks may differ. Names and sequences of messages use seconds. */
const MOST_SKEW = 60
/** Most characters of a peer's words that are shown. */
const MOST_WORDS = 200
/** ssh's own exit code. */
const NOT_CONNECTED = 255
/** The answer of `rrsync` and similar programs to any command except rsync. */
const RSYNC_ONLY = /\brrsync\b|does not run rsync|SSH_ORIGINAL_COMMAND/i

/** What a peer answered, and the checks that need no other peer. */
interface Examined {
  readonly peer: Peer
  readonly answer: PeerAnswer | undefined
  readonly checks: readonly Check[]
}

/** Checks all peers in parallel, with one ssh call each. Writes nothing there. */
export async function checkPeers(
  peers: readonly Peer[],
  file: PeersFile,
  context: Context,
): Promise<Check[]> {
  const examined = await mapParallel(peers, peersAtOnce(), (peer) => {
    // Logs in as send does.
    return examinePeer(destinationOnPeer(peer.name, 'any', file, context)?.peer ?? peer, context)
  })
  const name = machineIfSound(file, context)
  const all = await Promise.all(examined.map(namedPeer))
  return examined.flatMap(({ checks }, index) => {
    const twins = twinChecks(all, index, name)
    return twins.length > 0 ? [...checks.filter(isBad), ...twins] : checks.map(withOwnName(all[index]))
  })
}

async function examinePeer(peer: Peer, context: Context): Promise<Examined> {
  const name = `peer ${peer.name}`
  if (findProgram('ssh', context.env.PATH) === undefined)
    return { peer, answer: undefined, checks: [unknown(name, 'without ssh it is not reached')] }
  const command = await RemoteCommand.make('examine')
  const asked = context.now()
  const result = await reach(peer, command, PATIENCE, context.env)
  const answer = answerOf(command, result.stdout)
  if (answer === undefined) return { peer, answer, checks: [whyNoAnswer(name, peer, result, command)] }
  const checks = checkAnswer(name, peer, answer, [asked, context.now()])
  const spoken = wordsBefore(command, result.stdout)
  if (spoken === '') return { peer, answer, checks }
  return { peer, answer, checks: [...spoilers(name, peer, spoken), ...checks.filter(isBad)] }
}

function whyNoAnswer(name: string, peer: Peer, result: Result, command: RemoteCommand): Check {
  const login = `ssh ${shellWord(sshTarget(peer))}`
  const words = reachProblem(result, command, `no answer within ${PATIENCE.total / 1000} s`) ?? NO_COMMANDS
  if (result.exitCode === undefined || result.exitCode === NOT_CONNECTED) {
    const command = `ssh -o BatchMode=yes ${shellWord(sshTarget(peer))} true`
    return bad(name, `cannot be reached: ${cut(words)}`, 'make this work without a question', command)
  }
  if (RSYNC_ONLY.test(result.stderr)) return unknown(name, 'reachable; it allows rsync and nothing else')
  return bad(name, `its shell did not answer: ${cut(words)}`, 'log in and see why', login)
}

/** The text that the remote shell's start-up files print before the command (contract B63). */
function wordsBefore(command: RemoteCommand, stdout: string): string {
  const lines = stdout.split('\n')
  const first = lines.findIndex((line) => command.answerIn(line) !== undefined)
  return lines
    .slice(0, first)
    .filter((line) => !asksAgain(line))
    .join(' ')
    .trim()
}

/** rsync takes such text for the remote rsync's answer and gives up, so nothing can be sent. */
function spoilers(name: string, peer: Peer, spoken: string): Check[] {
  const said = `its shell prints text before the command, so rsync gives up: ${cut(spoken)}`
  const words = 'let its start-up files print in interactive shells only; this must show nothing'
  return [bad(name, said, words, `ssh ${shellWord(sshTarget(peer))} true`)]
}

const isBad = ({ state }: Check) => state === 'bad'

function checkAnswer(
  name: string,
  peer: Peer,
  answer: PeerAnswer,
  [asked, answered]: readonly [number, number],
): Check[] {
  const login = `ssh ${shellWord(sshTarget(peer))}`
  const checks: Check[] = []
  if (answer.isHalted)
    checks.push(
      bad(name, 'halted there', 'when the reason is gone', `${login} 'rm ~/.config/cross-agent-comms/HALT'`),
    )
  if (answer.rsync === undefined)
    checks.push(
      bad(name, 'rsync is not there, or does not work', 'install it there', `${login} rsync --version`),
    )
  const skew = skewOf(answer.time, asked / 1000, answered / 1000)
  if (skew > MOST_SKEW)
    checks.push(
      bad(
        name,
        `its clock is ${Math.round(skew)} s off ours`,
        'set both clocks by the network',
        `${login} date`,
      ),
    )
  if (answer.shut.length > 0)
    checks.push(
      bad(
        name,
        `${counted(answer.shut.length, 'inbox', 'inboxes')} that cannot be written to: ${cut(someOf(answer.shut))}`,
        'make them folders of the user who logs in',
        `${login} 'ls -ld ~/projects/*/inbox/from-agents'`,
      ),
    )
  return checks.length > 0 ? checks : [ok(name, summary(answer))]
}

function summary({ rsync = '', inboxes, version = '' }: PeerAnswer): string {
  const theirs = /^cross-agent-status (\d+\.\d+\.\d+\S*)$/.exec(version)?.[1]
  return [
    'reachable',
    `rsync ${/\d+(?:\.\d+)+/.exec(rsync)?.[0] ?? '?'}`,
    counted(inboxes ?? 0, 'inbox', 'inboxes'),
    theirs === undefined ? 'these commands not on its PATH' : `version ${theirs}`,
  ].join(', ')
}

/** Least number of seconds that a clock is off, if it was read between these two moments. 0 without an answer. */
function skewOf(time: number | undefined, asked: number, answered: number): number {
  if (time === undefined) return 0
  return Math.max(0, asked - 1 - time, time - answered)
}

function cut(words: string): string {
  return words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words
}
