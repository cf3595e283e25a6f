/** What the sshd's of all test machines have in common: only keys of the test get in, and nothing of the host is asked. */
export const SSHD_SETTINGS = [
  'StrictModes no',
  'UsePAM no',
  'PasswordAuthentication no',
  'KbdInteractiveAuthentication no',
  'PermitRootLogin prohibit-password',
  'PermitUserRC no',
  'UseDNS no',
  'PrintMotd no',
  'MaxStartups 200',
]
