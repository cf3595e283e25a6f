/** Whether nothing may be left out: where CI runs the tests, what cannot run is a failure. */
export const isCi = process.env.CI === 'true'

/**
 * Whether tests that need root can run: real sshd's on port 22, mounts. Elsewhere they are left out, visibly,
 * but never where CI asks for all of them.
 */
export const hasRoot = process.getuid?.() === 0 || isCi

/** Tests that are nothing without root. */
export const rootOnlyFiles = [
  'project/readme-machines',
  'send/failures-teach',
  'send/one-connection',
  'send/outbox',
  'send/power-failure',
  'send/remote',
  'send/rsync-only',
  'send/unattended',
  'status/doctor-peers',
  'status/sent',
  'together/fleet',
  'together/lying-peers',
  'together/shells-of-peers',
  'together/without-proc',
  'watch/systemd',
].map((name) => `test/${name}.test.ts`)
