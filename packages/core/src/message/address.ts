/** What FROM and TO hold (contract C11). */
export interface Address {
  readonly machine: string
  readonly project: string
}

/** Most names are of these alone, and a regular expression without Unicode's tables is cheap. */
const SIMPLE = /^[\w-](?:[\w.-]*[\w-])?$/
/** A part of a path, what cannot be seen or moves what can, and what is no text. */
const FORBIDDEN = /[/\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|^[\s.]|[\s.]$/u

/** `<machine>.<project>`, the form of FROM and TO; undefined for any other text, which addresses nothing (contract B67). */
export function parseAddress(text: string): Address | undefined {
  const dot = text.indexOf('.')
  const [machine, project] = [text.slice(0, Math.max(0, dot)), text.slice(dot + 1)]
  return isPlainName(machine) && isPlainName(project) ? { machine, project } : undefined
}

/** The project in an address; undefined in any other text. */
export function projectInAddress(address: string): string | undefined {
  return parseAddress(address)?.project
}

/** Whether a name can stand in an address: that of one folder, read alike by people and by programs. */
export function isPlainName(name: string): boolean {
  return SIMPLE.test(name) || (name !== '' && !FORBIDDEN.test(name))
}

/**
 * A name without all that people hardly see: upper and lower case, the ways to write a character, invisible ones. Two
 * names that are alike in this are taken for one another.
 */
export function looseName(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name.toLowerCase()
  const bare = name.normalize('NFKC').replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu, '')
  // By way of upper case: only so are ß and ss alike.
  return bare.toUpperCase().toLowerCase().normalize('NFKC').trim()
}
