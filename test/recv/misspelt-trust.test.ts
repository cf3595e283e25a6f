import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { paths } from '@cac/core/fs/paths'
import { distrustOf } from '@cac/core/mailbox/trust'
import { beforeAll, describe, expect, it } from 'vitest'
import { faultsOf } from '../support/doctor'
import { putSigned } from '../support/inbox'
import { fingerprint } from '../support/keys'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
let path = ''
let good = ''
let other = ''
const peers = (toml: string) =>
  home.write('.config/cross-agent-comms/peers.toml', toml.replaceAll('GOOD', good).replaceAll('OTHER', other))
const verdict = async () => {
  const { exitCode, stdout } = await home.run('recv', [path])
  return `${exitCode} ${/^reason: (.*)$/m.exec(stdout)?.[1] ?? 'good'}`
}
const BOTH = '[trust]\nsigners = ["GOOD", "OTHER"]\n'

beforeAll(async () => {
  await home.makeKey('good')
  await home.makeKey('other')
  good = await fingerprint(home, 'good')
  other = await fingerprint(home, 'other')
  mkdirSync(join(home.path, 'projects/mill'), { recursive: true })
  path = await putSigned(home, 'bakery', '20260101T000000Z-from-career-talk.org', messageText(), 'other')
})

describe('B69 a misspelt table of trust', () => {
  it.each(
    sample(
      [
        ['Trust', '[Trust]\nsigners = ["GOOD"]\n'],
        ['trusted', '[trusted]\nsigners = ["GOOD"]\n'],
        ['turst', '[turst]\nkeys = ["GOOD"]\n'],
        ['tru', 'tru = ["GOOD"]\n'],
        ['signers', 'signers = ["GOOD"]\n'],
        ['career', '[career]\nsigners = ["GOOD"]\n'],
        ['from', '[from.career]\nsigners = ["GOOD"]\n'],
        ['peers.x.trust', '[peers.x.trust]\nsigners = ["GOOD"]\n'],
        ['projects.career.singers', '[projects.career]\nsingers = ["GOOD"]\n'],
        ['trust.signer', '[trust]\nsigner = ["GOOD"]\n'],
        ['trust.keys', `${BOTH}keys = ["GOOD"]\n`],
        ['trust.form', `${BOTH}[trust.form.career]\nsigners = ["GOOD"]\n`],
        ['trust.From', `${BOTH}[trust.From.career]\nsigners = ["GOOD"]\n`],
        ['trust.career', `${BOTH}[trust.career]\nsigners = ["GOOD"]\n`],
        ['trust.from.career.signer', `${BOTH}[trust.from.career]\nsigner = ["GOOD"]\n`],
        ['trust.from.my.project', `${BOTH}[trust.from.my.project]\nsigners = ["GOOD"]\n`],
        ["trust.from.'career '", `${BOTH}[trust.from."career "]\nsigners = ["GOOD"]\n`],
        ["trust.from.'a/b'", `${BOTH}[trust.from."a/b"]\nsigners = ["GOOD"]\n`],
        [
          'trust.from.Mill',
          `${BOTH}[trust.from.mill]\nsigners = ["GOOD"]\n[trust.from.Mill]\nsigners = ["GOOD"]\n`,
        ],
      ],
      3,
    ),
  )('rejects everything and is named: %s', async (shown, toml) => {
    peers(toml)
    const provenance = { name: 'x.org', conversation: 'talk', from: undefined }
    const reason = await distrustOf([], provenance, paths(home.path))
    expect(reason).toMatch(/^trusted signers unknown: cannot read .*peers\.toml: /)
    expect(reason).toContain(shown)
  })

  it('is named by recv and the doctor', async () => {
    peers('[trusted]\nsigners = ["GOOD"]\n')
    expect(await verdict()).toMatch(
      /^3 trusted signers unknown: .*trusted is not known; did you mean \[trust\]\?$/,
    )
    const found = (await faultsOf(home)).filter(({ name }) => name === 'trust')
    expect(found).toHaveLength(1)
    expect(found[0]?.said).toContain('trusted is not known; did you mean [trust]?')
  })

  it.each(
    sample(
      [
        [
          'in another case the list of a project counts',
          `${BOTH}[trust.from.Career]\nsigners = ["GOOD"]\n`,
          'signer',
        ],
        [
          'peers and projects may be called so',
          '[peers.trust]\nhost = "h"\n[projects.signers]\ninbox_path = "~/x"\n',
          'good',
        ],
        [
          'other keys do no harm',
          '[local]\nrots = ["~/x"]\n[peers.v]\nport = 22\n[limits]\nwakes = 1\n',
          'good',
        ],
        ['what is rightly spelt counts', BOTH, 'good'],
      ],
      3,
    ),
  )('%s', async (_, toml, found) => {
    peers(toml)
    expect(await verdict()).toBe(found === 'good' ? '0 good' : `3 signer is not trusted: ${other}`)
  })

  it('the doctor names other keys that are not known, and what may be meant', async () => {
    peers(
      'top = 1\n[local]\nrots = ["~/x"]\n[peers.v]\nhots = "h"\n[projects.p]\ninbox = "~/x"\n[loca]\nx = 1\n',
    )
    const found = (await faultsOf(home)).filter(({ name }) => name === 'peers.toml')
    expect(found.map(({ said }) => said.split(' ')[0])).toEqual([
      'top',
      'loca',
      'local.rots',
      'peers.v.hots',
      'projects.p.inbox',
    ])
    expect(found.map(({ remedy }) => remedy?.words.split(',')[0])).toEqual([
      'take it out; known are limits',
      'write local',
      'write local.roots',
      'write peers.v.host',
      'write projects.p.inbox_path',
    ])
  })
})

describe('B67 FROM where a project has a list of its own', () => {
  const NAME = '20260101T000000Z-from-mill-talk.org'
  const from = async (value: string) => {
    path = await putSigned(home, 'bakery', NAME, messageText({ FROM: value }), 'other')
    return verdict()
  }
  it.each(
    sample(['vm.career/', 'vm.x/../career', 'vm.car\u200beer', 'vm.career.', 'career', 'vm.\u202ecareer'], 1),
  )('%j is no origin, and rejected', async (value) => {
    peers(`${BOTH}[trust.from.career]\nsigners = ["GOOD"]\n`)
    expect(await from(value)).toMatch(/^3 \[trust\.from\] needs a FROM like <machine>\.<project>; got /)
    peers(BOTH)
    expect(await from(value)).toBe('0 good')
  })
  it.each(sample(['vm.Career', 'vm.ｃareer', 'vm.car\u034feer'], 1))(
    '%j may be taken for it, and is rejected',
    async (value) => {
      peers(`${BOTH}[trust.from.career]\nsigners = ["GOOD"]\n`)
      expect(await from(value)).toBe(`3 FROM is '${value}', which may be taken for career`)
    },
  )
  itLong('others are good', async () => {
    peers(`${BOTH}[trust.from.career]\nsigners = ["GOOD"]\n`)
    expect(await from('vm.mill')).toBe('0 good')
    expect(await from('vm.career')).toBe(`3 signer is not trusted: ${other}`)
  })
})
