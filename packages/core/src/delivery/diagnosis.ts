import { type Peer, sshTarget } from '../peers/peers-file'

/** Words of ssh and rsync, their cause, and the remedy. */
interface Rule {
  readonly words: RegExp
  readonly cause: string
  readonly remedy: (peer: Peer) => string
  /** Waiting does not help: another try soon gets the same answer. */
  readonly isHopeless?: true
}

/** The first match wins: ssh's words give the cause of the later words of rsync. */
const RULES: readonly Rule[] = [
  {
    words: /^ssh not found|failed to exec ssh/i,
    cause: 'ssh is not installed on this machine',
    remedy: () => 'install openssh-client',
    isHopeless: true,
  },
  {
    words: /temporary failure in name resolution/i,
    cause:
      'no host name can be resolved just now: this machine has no network, or its name server does not answer',
    remedy: () => 'wait until it is back',
  },
  {
    words: /could not resolve hostname/i,
    cause: 'its host name cannot be resolved',
    remedy: ({ name }) => `correct host of [peers.${name}] in peers.toml, or give it a Host in ~/.ssh/config`,
    isHopeless: true,
  },
  {
    words: /remote host identification has changed|host key for .* has changed/i,
    cause: 'its host key has changed: it was reinstalled, or it is another machine',
    remedy: (peer) => `if you know why: ssh-keygen -R ${peer.host}, then log in once: ssh ${sshTarget(peer)}`,
    isHopeless: true,
  },
  {
    words: /host key verification failed|no .* host key is known/i,
    cause: 'its host key is not known here yet',
    remedy: (peer) => `log in once and confirm the key: ssh ${sshTarget(peer)}`,
    isHopeless: true,
  },
  {
    words:
      /bad configuration option|bad owner or permissions on|unsupported option|no supported key exchange|extra arguments at end of line/i,
    cause: 'the settings of ssh on this machine are wrong',
    remedy: (peer) => `correct ~/.ssh/config; this says where: ssh ${sshTarget(peer)} true`,
    isHopeless: true,
  },
  {
    words: /permission denied \([a-z][\w,-]*\)|too many authentication failures/i,
    cause: 'it does not accept your ssh key, or none is loaded',
    remedy: (peer) => `load it with ssh-add, or bring it there: ssh-copy-id ${sshTarget(peer)}`,
    isHopeless: true,
  },
  {
    words: /protocol version mismatch|is your shell clean/i,
    cause: 'a start-up file of the shell there prints text (.bashrc, .profile)',
    remedy: (peer) =>
      `let it print in interactive shells only; this must show nothing: ssh ${sshTarget(peer)} true`,
    isHopeless: true,
  },
  {
    words: /its shell loses what it is told/,
    cause: 'a start-up file of the shell there reads the input of commands (.bashrc, .profile)',
    remedy: (peer) =>
      `let it read in interactive shells only; this must print x: echo x | ssh ${sshTarget(peer)} cat`,
    isHopeless: true,
  },
  {
    words: /permission denied \(13\)|read-only file system/i,
    cause: 'the inbox there cannot be written',
    remedy: (peer) => `see whose it is, and its mode: ssh ${sshTarget(peer)}`,
  },
  {
    words: /no space left|disk quota exceeded|cannot write the message to its disk|is its disk full/i,
    cause: 'its disk is full, or a quota is used up',
    remedy: () => 'make room there',
  },
  {
    words: /^the project of .* is not on /,
    cause: 'it has no such project',
    remedy: ({ name }) => `list its projects: cross-agent-discover --peer ${name} --enumerate-remote`,
    isHopeless: true,
  },
  {
    words: /^rsync not found/,
    cause: 'this machine has no rsync',
    remedy: () => 'install rsync here',
    isHopeless: true,
  },
  {
    words: /account is (?:currently )?not available|its login shell runs no commands/i,
    cause: 'its login shell runs no commands',
    remedy: (peer) =>
      `give that account a shell, or name another in ssh_user; this shows it: ssh ${sshTarget(peer)} true`,
    isHopeless: true,
  },
  {
    words: /rsync: (?:command )?not found|rsync: No such file/i,
    cause: 'it has no rsync',
    remedy: () => 'install rsync there',
    isHopeless: true,
  },
  {
    words: /connection refused/i,
    cause: 'no ssh server answers there',
    remedy: () => 'start sshd there, or the machine',
  },
  {
    words: /kex_exchange_identification|connection (?:closed|reset) by/i,
    cause: 'it breaks the connection before anybody can log in',
    remedy: (peer) => `try again; if it stays so, see why: ssh -v ${sshTarget(peer)}`,
  },
  {
    words: /timed out|no route to host|network is unreachable|no answer within/i,
    cause: 'it does not answer: it is off, or no network leads there',
    remedy: () => 'wait until it is back',
  },
]

/** The meaning of a failed send's words and the remedy, on one line; undefined if unknown. */
export function diagnosisLine(words: string, peer: Peer): string | undefined {
  const rule = ruleFor(words)
  return rule && `${peer.name}: ${rule.cause}; ${rule.remedy(peer)}`
}

/** Whether another try soon would fail in the same way: waiting does not help (contract C2, B53). */
export function isHopeless(words: string): boolean {
  return ruleFor(words)?.isHopeless === true
}

function ruleFor(words: string): Rule | undefined {
  return RULES.find((candidate) => candidate.words.test(words))
}
