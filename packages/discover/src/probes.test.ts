import { describe, expect, it } from 'vitest'
import { projectsOf } from './probe'
import { answerFrom, type KeptProbes, parseProbes, type Question } from './probes'
import type { PeerReport } from './report'

const elm = { name: 'elm', host: 'elm.example', user: undefined }
const oak = { name: 'oak', host: 'oak', user: 'me' }
const elmUp: PeerReport = { name: 'elm', host: 'elm.example', reachable: true }
const oakDown: PeerReport = { name: 'oak', host: 'oak', reachable: false, error: 'no route' }

const kept = (changes: Partial<KeptProbes> = {}): KeptProbes => ({
  scannedAt: 'then',
  peers: [elmUp, oakDown],
  users: [null, 'me'],
  hasProjects: false,
  keptAt: 1000,
  ...changes,
})
const question = (changes: Partial<Question> = {}): Question => ({
  peers: [elm, oak],
  isAboutAll: true,
  listsProjects: false,
  peersChangedAt: 500,
  ...changes,
})
const fromScript = { users: undefined }
const onlyElm = { peers: [elm], isAboutAll: false }

describe('B17 kept probes answer', () => {
  it.each<[string, Partial<KeptProbes>, Partial<Question>, PeerReport[]]>([
    ['the question they were made for', {}, {}, [elmUp, oakDown]],
    ['for one peer of them', {}, onlyElm, [elmUp]],
    ['whatever the time of peers.toml, if it says the same', {}, { peersChangedAt: 2000 }, [elmUp, oakDown]],
    ['as a script kept them', fromScript, {}, [elmUp, oakDown]],
    [
      'as a script kept them, without peers.toml',
      fromScript,
      { peersChangedAt: undefined },
      [elmUp, oakDown],
    ],
    [
      'with the projects',
      { peers: [{ ...elmUp, projects: [] }, oakDown], hasProjects: true },
      { listsProjects: true },
      [{ ...elmUp, projects: [] }, oakDown],
    ],
    [
      'that no peer is reachable, also for projects',
      { peers: [oakDown], users: ['me'], hasProjects: true },
      { peers: [oak], listsProjects: true },
      [oakDown],
    ],
    [
      'for one peer with its projects, though not for others',
      {
        peers: [
          { ...elmUp, projects: ['a'] },
          { ...elmUp, name: 'oak' },
        ],
        hasProjects: true,
      },
      { ...onlyElm, listsProjects: true },
      [{ ...elmUp, projects: ['a'] }],
    ],
    ['for no peer at all', {}, { peers: [], isAboutAll: false }, []],
  ])('%s', (_, changesToKept, changesToQuestion, peers) => {
    expect(answerFrom(kept(changesToKept), question(changesToQuestion))).toEqual({ scannedAt: 'then', peers })
  })
})

describe('B17 kept probes do not answer', () => {
  it.each<[string, Partial<KeptProbes>, Partial<Question>]>([
    ['for a peer that is new', {}, { peers: [elm, { ...oak, name: 'new' }] }],
    ['for a peer under another name', {}, { peers: [elm, { ...oak, name: 'ash', host: 'oak' }] }],
    ['where a peer is gone', {}, { peers: [elm] }],
    ['for another host', {}, { peers: [elm, { ...oak, host: 'other' }] }],
    ['for another user', {}, { peers: [elm, { ...oak, user: 'you' }] }],
    ['for no user any more', {}, { peers: [elm, { ...oak, user: undefined }] }],
    ['for a user where there was none', {}, { peers: [{ ...elm, user: 'me' }, oak] }],
    ['for projects that were not asked for', {}, { listsProjects: true }],
    [
      'for projects that were not asked for, also where no peer was reachable',
      { peers: [oakDown], users: ['me'] },
      { peers: [oak], listsProjects: true },
    ],
    [
      'for projects that they say they have, where they lack them',
      { hasProjects: true },
      { listsProjects: true },
    ],
    ['with fewer users than peers', { users: [null] }, {}],
    ['with users that are none', { users: [null, ['me']] }, {}],
    ['as a script kept them, before peers.toml was changed', fromScript, { peersChangedAt: 1001 }],
    ['as a script kept them, for another host', fromScript, { peers: [elm, { ...oak, host: 'other' }] }],
  ])('%s', (_, changesToKept, changesToQuestion) => {
    expect(answerFrom(kept(changesToKept), question(changesToQuestion))).toBeUndefined()
  })
})

describe('B17 the text of a cache', () => {
  const good = { scanned_at: 'then', halt_active: false, local: [], peers: [elmUp] }
  it('is read as the scripts write it, and as ours', () => {
    const read = { scannedAt: 'then', peers: [elmUp], hasProjects: false, keptAt: 7 }
    expect(parseProbes(JSON.stringify(good), 7)).toEqual({ ...read, users: undefined })
    const added = { ssh_users: [null], enumerate_remote: true }
    expect(parseProbes(JSON.stringify({ ...good, ...added }), 7)).toEqual({
      ...read,
      users: [null],
      hasProjects: true,
    })
  })
  it.each<[PeerReport[], unknown, boolean]>([
    [[oakDown, { ...elmUp, projects: [] }], undefined, true],
    [[oakDown, elmUp], undefined, false],
    [[oakDown], undefined, false],
    [[{ ...elmUp, projects: [] }], false, false],
    [[oakDown], 'true', false],
    [[oakDown], 1, false],
  ])('%j, enumerate_remote %j: has projects %j', (peers, enumerate_remote, hasProjects) => {
    expect(parseProbes(JSON.stringify({ ...good, peers, enumerate_remote }), 7)).toMatchObject({
      hasProjects,
    })
  })
  it.each<[string]>([
    [''],
    ['{'],
    ['null'],
    ['[]'],
    ['"text"'],
    ['{}'],
    ['['.repeat(1_000_000)],
    [JSON.stringify({ ...good, scanned_at: 1 })],
    [JSON.stringify({ ...good, peers: null })],
    [JSON.stringify({ ...good, peers: { elm: elmUp } })],
    [JSON.stringify({ ...good, peers: [null] })],
    [JSON.stringify({ ...good, peers: ['elm'] })],
    [JSON.stringify({ ...good, peers: [{ ...elmUp, name: 1 }] })],
    [JSON.stringify({ ...good, peers: [{ ...elmUp, host: null }] })],
    [JSON.stringify({ ...good, peers: [{ ...elmUp, reachable: 'yes' }] })],
    [JSON.stringify({ ...good, peers: [{ ...elmUp, error: [] }] })],
    [JSON.stringify({ ...good, peers: [{ ...elmUp, projects: 'a' }] })],
    [JSON.stringify({ ...good, peers: [{ ...elmUp, projects: [1] }] })],
  ])('of another shape is none: %.60s', (text) => {
    expect(parseProbes(text, 7)).toBeUndefined()
  })
})

it('reads a listing of .ai folders as the script does', () => {
  const listing = '/home/me/projects/a/.ai/\r\n/p/b c/.ai//\n.ai\nnoise\n/x/.ai/y\n\n/p/ü/.ai'
  expect(projectsOf(listing)).toEqual(['a', 'b c', 'ü'])
})

it('reads a listing that is all slashes in linear time', () => {
  expect(projectsOf(`${'/'.repeat(1_000_000)}x`)).toEqual([])
})
