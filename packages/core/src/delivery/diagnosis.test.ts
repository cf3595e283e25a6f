import { expect, it } from 'vitest'
import { diagnosisLine, isHopeless } from './diagnosis'

const peer = { name: 'velox', host: 'velox.example', user: 'mason' }

it.each([
  ['ssh: Could not resolve hostname velox: Name or service not known', 'cannot be resolved', true],
  ['ssh: Could not resolve hostname velox: Temporary failure in name resolution', 'no network', false],
  ['rsync: [sender] Failed to exec ssh: No such file or directory (2)', 'ssh is not installed', true],
  ['mason@velox.example: Permission denied (publickey,password).', 'ssh-copy-id mason@velox.example', false],
  ['rsync: mkstemp "/x" failed: Permission denied (13)', 'cannot be written', false],
  ['Host key verification failed.', 'confirm the key', false],
  ['ssh: connect to host velox port 22: Connection timed out', 'does not answer', false],
  ['no answer within 15 s', 'does not answer', false],
])('C2 says what to do about: %s', (words, said, hopeless) => {
  expect(diagnosisLine(words, peer)).toContain(said)
  expect(isHopeless(words)).toBe(hopeless)
})

it('C2 says nothing of what it does not know, however long', () => {
  expect(diagnosisLine('exit 23', peer)).toBeUndefined()
  for (const words of ['permission denied (', 'no ', 'host key for ', 'could not resolve hostname '])
    expect(diagnosisLine(`${words}${`${'a'.repeat(40)}-`.repeat(50)}!`, peer)?.length ?? 0).toBeLessThan(200)
})
