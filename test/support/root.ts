/** Whether nothing may be left out: where CI runs the tests, what cannot run is a failure. */
export const isCi = process.env.CI === 'true'

/**
 * Whether tests that need root can run: real sshd's on port 22, mounts. Elsewhere they are left out, visibly,
 * but never where CI asks for all of them.
 */
export const hasRoot = process.getuid?.() === 0 || isCi

/** Tests that are nothing without root. */
export const rootOnlyFiles = [
  'test/doctor-peers.test.ts',
  'test/fleet.test.ts',
  'test/lying-peers.test.ts',
  'test/one-connection.test.ts',
  'test/power-failure.test.ts',
  'test/remote-send.test.ts',
  'test/rsync-only.test.ts',
  'test/systemd.test.ts',
]
