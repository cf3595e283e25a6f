import { spawnSync } from 'node:child_process'
import { call } from './call'

const BRIDGE = 'night'

/** A network of machines. Each has a line of its own, which can be cut and made slow. */
export class Network {
  constructor() {
    call(['ip', 'link', 'set', 'lo', 'up'])
    call(['ip', 'link', 'add', BRIDGE, 'type', 'bridge'])
    call(['ip', 'link', 'set', BRIDGE, 'up'])
  }

  /** Connects the network namespace of a process. */
  connect(name: string, pid: number, address: string): void {
    const enter = ['nsenter', '--target', String(pid), '--net', 'ip']
    call(['ip', 'link', 'add', lineOf(name), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)])
    call(['ip', 'link', 'set', lineOf(name), 'master', BRIDGE, 'up'])
    call([...enter, 'link', 'set', 'lo', 'up'])
    call([...enter, 'address', 'add', `${address}/24`, 'dev', 'eth0'])
    call([...enter, 'link', 'set', 'eth0', 'up'])
  }

  /** Packets vanish: nobody is told. */
  cut(name: string): void {
    call(['ip', 'link', 'set', lineOf(name), 'nomaster'])
  }

  mend(name: string): void {
    call(['ip', 'link', 'set', lineOf(name), 'master', BRIDGE])
  }

  /** A line of few bytes a second, which loses what comes faster. */
  slow(name: string): void {
    const line = ['rate', '200kbit', 'burst', '3kb', 'latency', '40ms']
    call(['tc', 'qdisc', 'replace', 'dev', lineOf(name), 'root', 'tbf', ...line])
  }

  speedUp(name: string): void {
    spawnSync('tc', ['qdisc', 'del', 'dev', lineOf(name), 'root'])
  }
}

const lineOf = (name: string) => `to-${name}`
