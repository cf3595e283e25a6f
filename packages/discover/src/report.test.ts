import { describe, expect, it } from 'vitest'
import { type Report, renderJson, renderTable } from './report'

const report: Report = {
  scannedAt: '2026-04-27T09:10:15.007000+00:00',
  haltActive: true,
  local: ['a', 'ü'],
  peers: [
    { name: 'elm', host: 'elm.example', reachable: true, projects: ['x', 'y z'] },
    { name: 'ü', host: 'a-host-whose-name-is-longer-than-its-column', reachable: false, error: 'no route' },
    { name: 'a-name-longer-than-its-column', host: 'ash', reachable: true, projects: [] },
    { name: 'old', host: 'old', reachable: false },
  ],
}

describe('the table', () => {
  it('shows the projects of peers where they were asked for', () => {
    expect(renderTable(report, 'here', true)).toBe(`Local (here):
  a, ü  [2 projects]

Peers (from ~/.config/cross-agent-comms/peers.toml):
  elm              elm.example               ✓ reachable
    projects: x, y z
  ü                a-host-whose-name-is-longer-than-its-column  ✗ UNREACHABLE (no route)
  a-name-longer-than-its-column ash                       ✓ reachable
  old              old                       ✗ UNREACHABLE (unknown)
`)
    expect(renderTable(report, 'here', false)).not.toContain('projects: ')
  })
  it('says so where there is nothing', () => {
    expect(renderTable({ ...report, local: [], peers: [] }, 'here', true)).toBe(`Local (here):
  (no projects with .ai/ found)

Peers (from peers.toml):
  (no peers configured)
`)
    expect(renderTable({ ...report, local: ['one'] }, 'here', true)).toContain('  one  [1 project]\n')
  })
})

it('the JSON has the keys of the script in their order', () => {
  const { peers } = report
  expect(renderJson({ ...report, local: [], peers: peers.slice(0, 2) })).toBe(`{
  "scanned_at": "2026-04-27T09:10:15.007000+00:00",
  "halt_active": true,
  "local": [],
  "peers": [
    {
      "name": "elm",
      "host": "elm.example",
      "reachable": true,
      "projects": [
        "x",
        "y z"
      ]
    },
    {
      "name": "\\u00fc",
      "host": "a-host-whose-name-is-longer-than-its-column",
      "reachable": false,
      "error": "no route"
    }
  ]
}
`)
})
