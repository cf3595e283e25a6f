import { expect, it } from 'vitest'
import { diagnosisLine, isHopeless } from './diagnosis'

const peer = { name: 'velox', host: 'velox.example', user: 'mason' }

it.each([
  ['ssh: Could not resolve hostname velox: Name or service not known', 'cannot be resolved', true],
  ['ssh: Could not resolve hostname velox: Temporary failure in name resolution', 'no network', false],
  ['rsync: [sender] Failed to exec ssh: No such file or directory (2)', 'ssh is not installed', true],
  ['mason@velox.example: Permission denied (publickey,password).', 'ssh-copy-id mason@velox.example', true],
  ['rsync: mkstemp "/x" failed: Permission denied (13)', 'cannot be written', false],
  ['Host key verification failed.', 'confirm the key', true],
  ['ssh: connect to host velox port 22: Connection timed out', 'does not answer', false],
  ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @', 'ssh-keygen -R velox.example', true],
  ['Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures', 'ssh-add', true],
  ['command-line: line 0: Bad configuration option: foo', 'settings of ssh', true],
  ['Bad owner or permissions on /home/me/.ssh/config', 'settings of ssh', true],
  ['the project of ~/projects/x/inbox/from-agents is not on velox', 'no such project', true],
  ['rsync not found; install rsync', 'this machine has no rsync', true],
  [
    'bash: rsync: command not found; rsync error: remote command not found (code 127)',
    'it has no rsync',
    true,
  ],
  ['protocol version mismatch -- is your shell clean?', 'start-up file', true],
  ['This account is currently not available.', 'runs no commands', true],
  ['ssh: connect to host velox port 22: Connection refused', 'no ssh server', false],
  ['ssh: connect to host velox port 22: No route to host', 'does not answer', false],
  ['kex_exchange_identification: Connection closed by remote host', 'breaks the connection', false],
  ['no answer within 15 s', 'does not answer', false],
])('C2 B53 B63 says what to do about: %s', (words, said, hopeless) => {
  expect(diagnosisLine(words, peer)).toContain(said)
  expect(isHopeless(words)).toBe(hopeless)
})

it('C2 says nothing of what it does not know, however long', () => {
  expect(diagnosisLine('exit 23', peer)).toBeUndefined()
  for (const words of ['permission denied (', 'no ', 'host key for ', 'could not resolve hostname '])
    expect(diagnosisLine(`${words}${`${'a'.repeat(40)}-`.repeat(50)}!`, peer)?.length ?? 0).toBeLessThan(200)
})
