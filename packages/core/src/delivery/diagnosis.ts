import { type Peer, sshTarget } from '../peers/peers-file'

/** Words of ssh and rsync, why they are said, and what to do. */
interface Rule {
  readonly words: RegExp
  readonly cause: string
  readonly remedy: (peer: Peer) => string
}

/** The first that fits counts: what ssh says is the cause of what rsync says after it. */
const RULES: readonly Rule[] = [
  {
    words: /^ssh not found|failed to exec ssh/i,
    cause: 'ssh is not installed on this machine',
    remedy: () => 'install openssh-client',
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
  },
  {
    words: /remote host identification has changed|host key for .* has changed/i,
    cause: 'its host key is not the one that is known: it was installed anew, or it is another machine',
    remedy: (peer) => `if you know why: ssh-keygen -R ${peer.host}, then log in once: ssh ${sshTarget(peer)}`,
  },
  {
    words: /host key verification failed|no .* host key is known/i,
    cause: 'its host key is not known here yet',
    remedy: (peer) => `log in once and confirm the key: ssh ${sshTarget(peer)}`,
  },
  {
    words: /permission denied \([a-z][\w,-]*\)|too many authentication failures/i,
    cause: 'it does not accept your ssh key, or none is loaded',
    remedy: (peer) => `load it with ssh-add, or bring it there: ssh-copy-id ${sshTarget(peer)}`,
  },
  {
    words: /protocol version mismatch|is your shell clean/i,
    cause: 'a start-up file of the shell there prints text (.bashrc, .profile)',
    remedy: (peer) =>
      `let it print in interactive shells only; this must show nothing: ssh ${sshTarget(peer)} true`,
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
    words: /rsync: (?:command )?not found|rsync: No such file/i,
    cause: 'it has no rsync',
    remedy: () => 'install rsync there',
  },
  {
    words: /connection refused/i,
    cause: 'no ssh server answers there',
    remedy: () => 'start sshd there, or the machine',
  },
  {
    words: /timed out|no route to host|network is unreachable|no answer within/i,
    cause: 'it does not answer: it is off, or no network leads there',
    remedy: () => 'wait until it is back',
  },
]

/** What the words of a failed send to a peer mean and what to do about it, on one line; undefined where that is not known. */
export function diagnosisLine(words: string, peer: Peer): string | undefined {
  const rule = RULES.find((candidate) => candidate.words.test(words))
  return rule && `${peer.name}: ${rule.cause}; ${rule.remedy(peer)}`
}

/** Whether another try soon would end the same: no matter of waiting (contract C2). */
export function isHopeless(words: string): boolean {
  return /could not resolve hostname(?!.*temporary failure)|failed to exec ssh/i.test(words)
}
