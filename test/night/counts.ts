import type { CommandRan, Night } from './history'

/** What a night was like, in figures. */
export interface Counts {
  readonly commands: number
  readonly sent: number
  readonly kept: number
  readonly handled: number
  readonly kills: number
  /** Power cuts. */
  readonly cuts: number
  /** Cut and slow lines, and sshd's that were down. */
  readonly lines: number
  readonly disks: number
  readonly clocks: number
  readonly folders: number
  readonly halts: number
  /** What the enemy put into inboxes. */
  readonly planted: number
  readonly wakes: number
}

export function countsOf({ events }: Night): Counts {
  const commands = events.filter((event) => event.what === 'command')
  const faults = (...kinds: string[]) =>
    events.filter((event) => event.what === 'fault' && kinds.includes(event.fault)).length
  const sends = commands.filter(({ command, token }) => command === 'send' && token !== undefined)
  return {
    commands: commands.length,
    sent: sends.filter(({ stdout }) => stdout.startsWith('sent: ')).length,
    kept: sends.filter(({ stderr }) => /^message kept: /m.test(stderr)).length,
    handled: events.filter(({ what }) => what === 'handled').length,
    kills: faults('kill'),
    cuts: faults('power cut'),
    lines: faults('line cut', 'line slow', 'sshd down'),
    disks: faults('disk full'),
    clocks: faults('clock'),
    folders: faults('folder away'),
    halts: commands.filter(({ command, exit }) => command === 'halt' && exit === 0).length,
    planted: events.filter(({ what }) => what === 'planted').length,
    wakes: commands.filter(isWake).length,
  }
}

/** A waiter that woke its session, or a turn that went on. */
function isWake({ command, args, hook, exit, stdout }: CommandRan): boolean {
  if (command !== 'watch' || hook === undefined) return false
  return args.includes('--once') ? exit === 2 : hook === 'Stop' && stdout.includes('"block"')
}

export function countsText(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
