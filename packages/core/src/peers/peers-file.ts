import { Failure } from '../command/failure'
import { decodeUtf8, isSurelyAbsent, readRegularFile } from '../fs/files'
import type { Paths } from '../fs/paths'
import { hasCode, reasonOf } from '../fs/system-error'
import { CONTROL_CHARACTER } from '../text/terminal'

/** Of a version 4 or a version 5 key. */
const FINGERPRINT = /^([0-9A-F]{40}|[0-9A-F]{64})$/

/** A machine of peers.toml. */
export interface Peer {
  readonly name: string
  readonly host: string
  /** The user to log in as, where peers.toml names one; empty leaves it to ssh. */
  readonly user: string | undefined
}

/** The peer as ssh addresses it: `user@host`, or the host alone. */
export function sshTarget({ host, user }: Peer): string {
  return user === undefined || user === '' ? host : `${user}@${host}`
}

/** The peer as rsync addresses it: an IPv6 address goes in brackets, since a path follows its colon (B45). */
export function rsyncTarget(peer: Peer): string {
  return sshTarget(peer.host.includes(':') ? { ...peer, host: `[${peer.host}]` } : peer)
}

/** Two colons at least, perhaps with the name of a network interface: `fe80::1%eth0`. */
const IPV6 = /^(?=[^%]*:[^%]*:)[0-9a-f:.]+(?:%[\w.-]+)?$/i

/** Whether ssh and rsync read a host as the same one (contract B45). */
function isReadAlike(host: string): boolean {
  return host.includes(':') ? IPV6.test(host) : !/[/@[\]]/.test(host)
}

/** peers.toml as it stands; each part is checked when it is asked for, so that one bad peer harms no other. */
export interface PeersFile {
  /** The names of all peers, in the order of the file. Throws Failure where `peers` is no table. */
  peerNames(): string[]
  /** A peer by its name, if there is one. Throws Failure where it is malformed (contract B13). */
  peer(name: string): Peer | undefined
  /** The keys whose signatures count, if `[trust]` restricts them (contract C1). Throws where it is malformed. */
  trust(): Trust | undefined
  /** The projects whose inbox the file sets. Throws Failure where a part of it is malformed. */
  placedProjects(): string[]
  /** The folders that `[local] roots` sets, if it does, as written there (contract C16). Throws where it is malformed. */
  roots(): string[] | undefined
  /** The inbox that `[projects.<project>]` sets, if it does, as written there: `~` unexpanded. */
  inboxPath(project: string): string | undefined
}

/** Fingerprints of the keys that may sign: in all, and of those the ones that may for some projects. */
export interface Trust {
  readonly signers: ReadonlySet<string>
  readonly from: ReadonlyMap<string, ReadonlySet<string>>
}

type Table = Record<string, unknown>

/**
 * Reads peers.toml; no file is an empty one. Throws Failure where it cannot be read, also later for
 * a part that is malformed; `words` are what its message begins with, since not all commands use the same. With
 * `mustBeSure` it is no empty file either where something may be there that leads nowhere (contract B36).
 */
export async function readPeersFile(
  { peersFile }: Paths,
  words = `cannot read ${peersFile}`,
  mustBeSure = false,
): Promise<PeersFile> {
  const fail = (what: string, hint: string | undefined = 'correct that line of the file and try again') => {
    return new Failure('peers-file', { words, problem: what, hint })
  }
  const root = await parse(peersFile, fail, mustBeSure)
  const table = (parent: Table, key: string, shown: string): Table | undefined => {
    const value = Object.hasOwn(parent, key) ? parent[key] : undefined
    if (value === undefined) return undefined
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
      throw fail(`[${shown}] must be a table`)
    }
    // Checked above: TOML has no other objects.
    return value as Table
  }
  const text = (parent: Table, key: string, shown: string): string | undefined => {
    const value = Object.hasOwn(parent, key) ? parent[key] : undefined
    if (value !== undefined && typeof value !== 'string') throw fail(`${shown}.${key} must be a string`)
    return value
  }
  const login = (value: string, shown: string): string => {
    // ssh and rsync would read a leading dash as an option, and blanks or control characters as anything.
    if (value === '' || /^-|\s/.test(value) || CONTROL_CHARACTER.test(value))
      throw fail(`${shown} is not a usable name: ${JSON.stringify(value)}`)
    return value
  }
  const misread = (shown: string, value: string) =>
    fail(`${shown} would be read otherwise by rsync than by ssh: ${JSON.stringify(value)}`)
  const signers = (parent: Table, shown: string): ReadonlySet<string> => {
    const list = Object.hasOwn(parent, 'signers') ? parent.signers : undefined
    if (!Array.isArray(list)) throw fail(`${shown}.signers must be a list of fingerprints`)
    return new Set(
      list.map((entry: unknown) => {
        const fingerprint = typeof entry === 'string' ? entry.replaceAll(' ', '').toUpperCase() : ''
        if (!FINGERPRINT.test(fingerprint)) throw fail(`${shown}.signers must hold whole fingerprints`)
        return fingerprint
      }),
    )
  }
  const inboxPath = (project: string) => {
    const shown = `projects.${project}`
    return text(table(table(root, 'projects', 'projects') ?? {}, project, shown) ?? {}, 'inbox_path', shown)
  }
  return {
    trust() {
      const trust = table(root, 'trust', 'trust')
      if (trust === undefined) return undefined
      const from = table(trust, 'from', 'trust.from') ?? {}
      const narrowed = Object.keys(from).map((project) => {
        const shown = `trust.from.${project}`
        return [project, signers(table(from, project, shown) ?? {}, shown)] as const
      })
      return { signers: signers(trust, 'trust'), from: new Map(narrowed) }
    },
    peerNames: () => Object.keys(table(root, 'peers', 'peers') ?? {}),
    peer(name) {
      const shown = `peers.${name}`
      const peer = table(table(root, 'peers', 'peers') ?? {}, name, shown)
      if (peer === undefined) return undefined
      const user = text(peer, 'ssh_user', shown)
      const host = login(text(peer, 'host', shown) ?? name, `${shown}.host`)
      if (!isReadAlike(host)) throw misread(`${shown}.host`, host)
      if (user !== undefined && /[:/@]/.test(user)) throw misread(`${shown}.ssh_user`, user)
      return {
        name,
        host,
        user: user === undefined || user === '' ? user : login(user, `${shown}.ssh_user`),
      }
    },
    placedProjects() {
      const projects = Object.keys(table(root, 'projects', 'projects') ?? {})
      return projects.filter((project) => inboxPath(project) !== undefined)
    },
    roots() {
      const local = table(root, 'local', 'local') ?? {}
      const roots = Object.hasOwn(local, 'roots') ? local.roots : undefined
      if (roots === undefined) return undefined
      const isList = Array.isArray(roots) && roots.length > 0 && roots.every(isFolderPath)
      if (!isList) throw fail('local.roots must be a list of folders, each as ~/NAME or /NAME')
      return roots
    },
    inboxPath,
  }
}

function isFolderPath(value: unknown): value is string {
  return typeof value === 'string' && /^(?:~[^/]*)?\//.test(`${value}/`) && !CONTROL_CHARACTER.test(value)
}

async function parse(
  peersFile: string,
  fail: (what: string, hint?: string | undefined) => Failure,
  mustBeSure: boolean,
): Promise<Table> {
  let bytes: Buffer
  try {
    bytes = readRegularFile(peersFile)
  } catch (error) {
    const isAbsent = hasCode(error, 'ENOENT', 'ENOTDIR') && (!mustBeSure || isSurelyAbsent(peersFile))
    if (isAbsent) return {}
    throw fail(reasonOf(error), `make ${peersFile} a file that can be read`)
  }
  const text = decodeUtf8(bytes)
  if (text === undefined) throw fail('not UTF-8 text', 'save it as UTF-8')
  // Loaded here and not above: most commands find no peers.toml, and the parser is dear to load.
  const { default: parseToml } = await import('@iarna/toml/parse-string.js')
  try {
    return parseToml(text)
  } catch (error) {
    throw fail(reasonOf(error))
  }
}
