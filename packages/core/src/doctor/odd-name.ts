/** What file systems of other machines do not take in a name, or a synchroniser changes. */
const FORBIDDEN = /[<>:"|?*\\\x00-\x1f]/
/** Names of devices on Windows, with any suffix. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** What synchronisers call the loser where a file was changed on two machines: Syncthing, Dropbox, Nextcloud. */
const CONFLICT = /\.sync-conflict-\d{8}-\d{6}-|\bconflicted copy\b|_conflict-\d{8}-\d{6}/i

export function isConflictCopy(name: string): boolean {
  return CONFLICT.test(name)
}

/** Why other systems cannot hold a name; undefined if they can. */
export function oddityOf(name: string): string | undefined {
  if (!name.isWellFormed()) return 'is not UTF-8'
  const character = FORBIDDEN.exec(name)?.[0]
  if (character !== undefined) return `holds ${JSON.stringify(character)}`
  return DEVICE.test(name) ? 'is the name of a device' : undefined
}

/** The same name for a system that keeps apart neither upper and lower case nor the two ways to write an accent. */
export function foldedName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}
