import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { call } from './call'

/** Bytes. Few of them are ever written: the file that holds it has holes. */
const SIZE = '192M'
/** FS_IOC_SHUTDOWN without a flush of the journal: what is not on the disk at that moment is lost. */
const CUT = `my $flag = pack("L", 2);
open(my $root, "<", $ARGV[0]) or die "open: $!";
ioctl($root, 0x8004587d, $flag) or die "ioctl: $!";`

/** The disk of a machine: a file system of its own, whose power can be cut. */
export class Disk {
  readonly #device: string
  readonly #filler: string

  readonly path: string

  constructor(path: string) {
    this.path = path
    this.#device = `${path}.disk`
    this.#filler = join(path, 'filler')
    mkdirSync(path)
    call(['truncate', `--size=${SIZE}`, this.#device])
    // Nothing is kept for root: full is full.
    call(['mkfs.ext4', '-q', '-F', '-m', '0', this.#device])
    this.mount()
  }

  mount(): void {
    call(['mount', '-o', 'loop', this.#device, this.path])
  }

  /** From now on nothing can be read or written. */
  cutPower(): void {
    call(['perl', '-e', CUT, this.path])
  }

  /** Comes back with what lay on the disk. Whoever used it must be gone. */
  async comeBack(): Promise<void> {
    for (let tries = 0; spawnSync('umount', [this.path]).status !== 0; tries++) {
      if (tries > 600) throw new Error(`${this.path} is still in use: ${usersOf(this.path)}`)
      await sleep(50)
    }
    this.mount()
    this.makeRoom()
  }

  /** Takes all room that is left. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.path)
    spawnSync('fallocate', ['--length', String(bavail * bsize), this.#filler])
    // What the file system keeps for its own lists.
    spawnSync('sh', ['-c', 'cat /dev/zero >> "$1"', 'sh', this.#filler], { stdio: 'ignore' })
  }

  makeRoom(): void {
    rmSync(this.#filler, { force: true })
  }

  /** Makes sure that what was prepared is there after a power cut. */
  flush(): void {
    writeFileSync(join(this.path, '.flushed'), '')
    call(['sync', '--file-system', this.path])
    rmSync(join(this.path, '.flushed'))
  }
}

function usersOf(path: string): string {
  return spawnSync('fuser', ['-vm', path], { encoding: 'utf8' }).stderr ?? ''
}
