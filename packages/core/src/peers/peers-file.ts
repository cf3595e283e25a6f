import type { Paths } from '../fs/paths'
import { isMachineName } from '../message/address'
import { compareText, repr } from '../text/python-text'
import { CONTROL_CHARACTER } from '../text/terminal'
import type { WakeLimits } from './limits-table'
import { type Table, TomlFile } from './toml-file'
import type { Trust, UnknownKey } from './trust-table'

/** A machine of peers.toml. */
export interface Peer {
  readonly name: string
  readonly host: string
  /** The user from peers.toml, if any. If empty, ssh decides. */
  readonly user: string | undefined
}

/** The peer as ssh addresses it: `user@host`, or the host alone. */
export function sshTarget({ host, user }: Peer): string {
  return user === undefined || user === '' ? host : `${user}@${host}`
}

/** The peer as rsync addresses it. An IPv6 address is in brackets, because a path follows after a colon (B45). */
export function rsyncTarget(peer: Peer): string {
  return sshTarget(peer.host.includes(':') ? { ...peer, host: `[${peer.host}]` } : peer)
}

/** At least two colons, perhaps with the name of a network interface: `fe80::1%eth0`. */
const IPV6 = /^(?=[^%]*:[^%]*:)[0-9a-f:.]+(?:%[\w.-]+)?$/i

/** Whether ssh and rsync read a host in the same way (contract B45). */
function isReadAlike(host: string): boolean {
  return host.includes(':') ? IPV6.test(host) : !/[/@[\]]/.test(host)
}

/**
 * Reads peers.toml. A missing file counts as empty. Throws Failure if it cannot be read, and later if a part is
 * malformed. The message begins with `words`, because commands use different words. With `mustBeSure`, a path that
 * leads nowhere does not count as empty (contract B36).
 */
export async function readPeersFile(
  { peersFile }: Paths,
  words = `cannot read ${peersFile}`,
  mustBeSure = false,
): Promise<PeersFile> {
  return new PeersFile(await TomlFile.read(peersFile, { words, mustBeSure }))
}

/** The content of peers.toml. Each part is checked when it is used, so one bad peer does not affect the others. */
export class PeersFile {
  readonly #file: TomlFile

  constructor(file: TomlFile) {
    this.#file = file
  }

  /** The names of all peers, in the order of the file. Throws Failure if `peers` is not a table. */
  peerNames(): string[] {
    return Object.keys(this.#section('peers'))
  }

  /** A peer by its name, if there is one. Throws Failure if it is malformed (contract B13). */
  peer(name: string): Peer | undefined {
    const shown = `peers.${name}`
    const peer = this.#file.table(this.#section('peers'), name, shown)
    if (peer === undefined) return undefined
    const user = this.#file.text(peer, 'ssh_user', shown)
    const host = this.#login(this.#file.text(peer, 'host', shown) ?? name, `${shown}.host`)
    if (!isReadAlike(host)) throw this.#misread(`${shown}.host`, host)
    if (user !== undefined && /[:/@]/.test(user)) throw this.#misread(`${shown}.ssh_user`, user)
    return {
      name,
      host,
      user: user === undefined || user === '' ? user : this.#login(user, `${shown}.ssh_user`),
    }
  }

  /** The keys that no command knows (contract B69). */
  async unknownKeys(): Promise<UnknownKey[]> {
    return (await import('./trust-table')).unknownKeys(this.#file.root)
  }

  /**
   * The keys whose signatures count, if `[trust]` restricts them (contract C1). Throws if it is malformed, or if a
   * misspelt key may be meant to restrict them (B69).
   */
  async trust(): Promise<Trust | undefined> {
    return (await import('./trust-table')).readTrust(this.#file)
  }

  /** How often sessions may be woken (contract C24). Throws Failure if that is malformed or misspelt. */
  async wakeLimits(): Promise<WakeLimits> {
    return (await import('./limits-table')).readWakeLimits(this.#file)
  }

  /** The projects whose inbox the file sets. Throws Failure if a part of it is malformed. */
  placedProjects(): string[] {
    return Object.keys(this.#section('projects')).filter((project) => this.inboxPath(project) !== undefined)
  }

  /** The inbox in `[projects.<project>]`, if there is one, as written: `~` unexpanded. */
  inboxPath(project: string): string | undefined {
    const shown = `projects.${project}`
    const table = this.#file.table(this.#section('projects'), project, shown) ?? {}
    return this.#file.text(table, 'inbox_path', shown)
  }

  /** The folders in `[local] roots`, if there are any, as written (contract C16). Throws if malformed. */
  roots(): string[] | undefined {
    const roots = this.#file.value(this.#section('local'), 'roots')
    if (roots === undefined) return undefined
    if (Array.isArray(roots) && roots.length > 0 && roots.every(isFolderPath)) return roots
    throw this.#file.fail('local.roots must be a list of folders, each as ~/NAME or /NAME')
  }

  /** `[local] name`, if there is one (contract C35). Throws Failure if it is malformed. */
  localName(): string | undefined {
    const name = this.#file.value(this.#section('local'), 'name')
    if (name === undefined || (typeof name === 'string' && isMachineName(name))) return name
    const found = typeof name === 'string' ? repr(name) : 'no string'
    throw this.#file.fail(
      `local.name must be a name without dots, commas, slashes and blanks, and not local; it is ${found}`,
      'write it as name = "studio", or remove that line: then the short host name counts',
    )
  }

  #section(name: string): Table {
    return this.#file.table(this.#file.root, name, name) ?? {}
  }

  /** ssh and rsync would read a leading dash as an option, and blanks or control characters as anything. */
  #login(value: string, shown: string): string {
    if (value !== '' && !/^-|\s/.test(value) && !CONTROL_CHARACTER.test(value)) return value
    throw this.#file.fail(`${shown} is not a usable name: ${JSON.stringify(value)}`)
  }

  #misread(shown: string, value: string) {
    return this.#file.fail(`${shown} means different things to rsync and ssh: ${JSON.stringify(value)}`)
  }
}

function isFolderPath(value: unknown): value is string {
  return typeof value === 'string' && /^(?:~[^/]*)?\//.test(`${value}/`) && !CONTROL_CHARACTER.test(value)
}

/** A name of peers.toml. */
export interface Entry {
  readonly name: string
  /** The peer of that name. Throws Failure if it is malformed (contract B13). */
  peer(): Peer
}

/** The peers of peers.toml by name. Without the file there are none. Throws Failure if it cannot be read. */
export async function listPeers(paths: Paths): Promise<Entry[]> {
  return entriesOf(await readPeersFile(paths, CANNOT_PARSE))
}

/** The first words of a failure in the commands that go through all peers. */
export const CANNOT_PARSE = 'cannot parse peers.toml'

/** The same of a file that was read. */
export function entriesOf(file: PeersFile): Entry[] {
  const peer = (name: string): Peer => {
    const found = file.peer(name)
    if (found === undefined) throw new Error(`no peer ${name} in peers.toml`)
    return found
  }
  const names = file.peerNames().sort(compareText)
  return names.map((name) => ({ name, peer: () => peer(name) }))
}

/**
 * Lines that cannot concern trust, even misspelt. All other lines need the parser, and loading the parser takes longer
 * than most runs need for a message.
 */
const HARMLESS_LINE =
  /^\s*(?:#.*|\[(?:local|limits|(?:peers|projects)\.(?:[\w-]+|"[^"\\]*"|'[^']*'))\]\s*(?:#.*)?|(?:host|ssh_user|inbox_path|roots|name|wakes_per_\w+)\s*=.*)?\s*$/

/** Whether it is clear without a parser that a peers file is not meant to say whom to trust. */
export function saysNothingOfTrust(text: string): boolean {
  return !/trust|signer|\\u|\0/i.test(text) && text.split('\n').every((line) => HARMLESS_LINE.test(line))
}
