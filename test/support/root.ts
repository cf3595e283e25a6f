import { readdirSync, readFileSync } from 'node:fs'

/** Whether nothing may be left out: where CI runs the tests, what cannot run is a failure. */
export const isCi = process.env.CI === 'true'

/**
 * Whether tests that need root can run: real sshd's on port 22, mounts. Elsewhere they are left out, visibly,
 * but never where CI asks for all of them.
 */
export const hasRoot = process.getuid?.() === 0 || isCi

/** Tests that are nothing without root, besides those with a fleet. */
const OTHERS = [
  'project/readme-machines',
  'send/one-connection',
  'send/power-failure',
  'status/doctor-peers',
  'together/lying-peers',
  'together/shells-of-peers',
  'together/without-proc',
  'watch/systemd',
].map((name) => `test/${name}.test.ts`)

/** Files whose tests are nothing without root. All tests of a file that has a fleet at its top share it. */
export function rootOnlyFiles(): string[] {
  const withFleet = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `test/${name}`)
    .filter((file) => /^const \w+ = sharedFleet\(/m.test(readFileSync(file, 'utf8')))
  return [...new Set([...OTHERS, ...withFleet])].sort()
}
