/** What the tests of halt and resume have in common. */
import { join } from 'node:path'
import { beforeEach } from 'vitest'
import * as logged from './logged-calls'
import { home } from './own-home'

export const CONFIG = '.config/cross-agent-comms'

export const haltFile = () => join(home.path, CONFIG, 'HALT')
export const writePeers = (text: string) => home.write(`${CONFIG}/peers.toml`, text)
export const stubLogging = (name: string, then = '') => logged.stubLogging(home, name, then)
export const calls = (name: string) => logged.callsOf(home, name)

/** Before each test of the file, stubs systemctl and ssh, which note their calls. */
export function stubPrograms(): void {
  beforeEach(() => {
    stubLogging('systemctl')
    stubLogging('ssh')
  })
}
