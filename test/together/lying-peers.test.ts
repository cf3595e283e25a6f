import { lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Home } from '../support/home'
import { isLong, itLong, LONGER } from '../support/long'
import { sharedFleet } from '../support/own-home'
import { hasRoot } from '../support/root'

const CONFIG = '.config/cross-agent-comms'
const HALT = `${CONFIG}/HALT`
/** What a peer once said that did as it was told then. */
const FORMER_WORD = 'cross-agent 3000000'

/** A peer; `does` is what it does in truth when it is told to halt, to resume, and that it runs commands at all. */
interface Kind {
  readonly bashrc?: string
  readonly forced?: string
  readonly prepare?: (home: Home) => void
  readonly does: { readonly halt: boolean; readonly resume: boolean; readonly answer: boolean }
}
const nothing = { halt: false, resume: false, answer: false }
const everything = { halt: true, resume: true, answer: true }
const elsewhere = (home: string) => `HOME=${home} exec sh -c \\"$SSH_ORIGINAL_COMMAND\\"`

const KINDS: Readonly<Record<string, Kind>> = {
  honest: { does: everything },
  talkative: { bashrc: `echo welcome; printf '%s' 'no line end'; echo a >&2`, does: everything },
  'bashrc-exit': { bashrc: 'exit 0', does: nothing },
  'bashrc-word': { bashrc: `echo '${FORMER_WORD}'; exit 0`, does: nothing },
  'forced-exit': { forced: 'exit 0', does: nothing },
  'forced-echo': { forced: 'printf \\"%s\\\\n\\" \\"$SSH_ORIGINAL_COMMAND\\"', does: nothing },
  'forced-lines': { forced: 'echo \\"$SSH_ORIGINAL_COMMAND\\" | tr \\" \\" \\"\\\\n\\"', does: nothing },
  'forced-cat': { forced: 'cat', does: nothing },
  'forced-true': { forced: '/bin/true', does: nothing },
  'forced-rsync': { forced: 'rrsync /tmp', does: nothing },
  // Nobody, not even root, makes a file there.
  'no-files': { forced: elsewhere('/proc'), does: { halt: false, resume: true, answer: true } },
  'file-for-home': { forced: elsewhere('/etc/passwd'), does: { halt: false, resume: true, answer: true } },
  folder: {
    prepare: (home) => mkdirSync(join(home.path, HALT), { recursive: true }),
    does: { halt: false, resume: false, answer: true },
  },
  'link-to-nowhere': {
    prepare: (home) => {
      mkdirSync(join(home.path, CONFIG), { recursive: true })
      symlinkSync('/nowhere/at/all', join(home.path, HALT))
    },
    does: { halt: false, resume: true, answer: true },
  },
}
/** Each is a machine of its own. */
const FEW = ['honest', 'bashrc-word', 'forced-echo', 'forced-cat', 'no-files', 'link-to-nowhere', 'talkative']
const names = Object.keys(KINDS)
  .filter((name) => isLong || FEW.includes(name))
  .sort()

describe.runIf(hasRoot)('B34 peers that end with 0 and do nothing', LONGER, () => {
  const fleet = sharedFleet(names, 140)
  const { home } = fleet

  beforeEach(() => {
    rmSync(join(home.path, '.cache'), { recursive: true, force: true })
    for (const name of names) {
      const { home: peer } = fleet.machine(name)
      const { bashrc = '', forced, prepare } = KINDS[name] ?? { does: nothing }
      rmSync(join(peer.path, '.config'), { recursive: true, force: true })
      prepare?.(peer)
      peer.write('.bashrc', `${bashrc}\n`)
      peer.stub('systemctl', 'exit 0')
      const key = readFileSync(join(home.path, 'ssh_key.pub'), 'utf8')
      writeFileSync(
        join(peer.path, 'authorized_keys'),
        forced === undefined ? key : `command="${forced}" ${key}`,
      )
    }
    home.stub('systemctl', 'exit 0')
  })
  const has = (name: string) =>
    lstatSync(join(fleet.machine(name).home.path, HALT), { throwIfNoEntry: false }) !== undefined
  const marks = (stdout: string, line: RegExp) =>
    Object.fromEntries([...stdout.matchAll(line)].map(([, name = '', mark]) => [name, mark === '✓']))
  /**
   * Asks until every peer that does what it says has been in time: on a busy machine an honest one may not be. The
   * others must not be taken for honest even once.
   */
  const askUntilAllAnswer = async (
    what: keyof Kind['does'],
    ask: () => Promise<Record<string, boolean>>,
  ): Promise<void> => {
    const honest = new Set<string>()
    for (let tries = 0; tries < 30; tries++) {
      const said = await ask()
      expect(Object.keys(said).sort()).toEqual(names)
      const taken = names.filter((name) => said[name])
      expect(taken.filter((name) => !KINDS[name]?.does[what])).toEqual([])
      for (const name of taken) honest.add(name)
      if (honest.size === names.filter((name) => KINDS[name]?.does[what]).length) return
    }
    throw new Error(`never in time: ${names.filter((name) => KINDS[name]?.does[what] && !honest.has(name))}`)
  }

  it('are not called halted', () =>
    askUntilAllAnswer('halt', async () => {
      const { exitCode, stdout } = await home.run('halt', ['--tailnet', 'because'])
      expect(exitCode).toBe(1)
      const { locally: _, ...said } = marks(stdout, /^Halting ([a-z]\S*) +([✓✗]) \(/gm)
      for (const name of names) if (said[name]) expect(has(name), name).toBe(true)
      return said
    }))

  itLong('are not called cleared', () =>
    askUntilAllAnswer('resume', async () => {
      for (const name of names) if (!has(name)) fleet.machine(name).home.write(HALT, 'because\n')
      const { exitCode, stdout } = await home.run('resume', ['--tailnet'])
      expect(exitCode).toBe(1)
      const { locally: _, ...said } = marks(stdout, /^Resuming ([a-z]\S*) +([✓✗]) \(/gm)
      for (const name of ['honest', 'talkative', 'link-to-nowhere'])
        if (said[name]) expect(has(name)).toBe(false)
      return said
    }),
  )

  itLong('are not called reachable', () =>
    askUntilAllAnswer('answer', async () => {
      const { stdout } = await home.run('discover', ['--json', '--no-cache'])
      const { peers }: { peers: { name: string; reachable: boolean }[] } = JSON.parse(stdout)
      return Object.fromEntries(peers.map(({ name, reachable }) => [name, reachable]))
    }),
  )
})
