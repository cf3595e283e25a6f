import { expect, it } from 'vitest'
import type { Destination } from './destination'
import { answers } from './is-answer'

const name = '20260101T000000Z-from-mill-flour.org'
const here: Destination = { project: 'bakery', peer: undefined }
const there: Destination = {
  project: 'bakery',
  peer: { name: 'velox', host: 'velox.example', user: undefined },
}
const neighbours = {
  machine: 'oak',
  hostName: 'oak',
  isProjectHere: () => true,
  peers: [
    { name: 'velox', host: 'velox.example' },
    { name: 'ash', host: '192.0.2.1' },
  ],
}
const CAME = '/inbox/20260101T000100Z-from-bakery-flour.org'

it.each([
  ['by its name, whoever sent it', here, { IN_REPLY_TO: name, FROM: 'oak.oven' }, CAME, 'by-name'],
  ['by its name, in any conversation', here, { IN_REPLY_TO: name, CONVERSATION_ID: 'x' }, CAME, 'by-name'],
  ['in turn, from that project', here, { FROM: 'oak.bakery' }, CAME, 'in-turn'],
  [
    'in turn, also where it answers another message',
    here,
    { FROM: 'oak.bakery', IN_REPLY_TO: 'y' },
    CAME,
    'in-turn',
  ],
  ['in turn, from that project on that peer', there, { FROM: 'velox.bakery' }, CAME, 'in-turn'],
  ['in turn, from a machine that nobody knows by that name', there, { FROM: 'host.bakery' }, CAME, 'in-turn'],
  ['in turn, by the file name where there is no FROM', here, {}, CAME, 'in-turn'],
  ['not from another conversation', here, { FROM: 'oak.bakery', CONVERSATION_ID: 'x' }, CAME, undefined],
  ['not from another project', here, { FROM: 'oak.oven' }, CAME, undefined],
  ['not from a project of that name on another machine', here, { FROM: 'velox.bakery' }, CAME, undefined],
  ['not from one here, if ours went to a peer', there, { FROM: 'oak.bakery' }, CAME, undefined],
  ['not by another file name', here, {}, CAME.replace('bakery', 'oven'), undefined],
])('C28 %s', (_, destination, fields, path, way) => {
  const header = new Map(Object.entries({ CONVERSATION_ID: 'flour', ...fields }))
  expect(answers({ name, conversation: 'flour', destination }, path, header, neighbours)).toBe(way)
})
