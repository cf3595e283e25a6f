/** The value of FROM and TO (contract C11). */
export interface Address {
  readonly machine: string
  readonly project: string
}

/** Most names have only these characters, and a regular expression without Unicode's tables is cheap. */
const SIMPLE = /^[\w-](?:[\w.-]*[\w-])?$/
/** Slashes, invisible characters, characters that reorder text, and lone surrogates. */
const FORBIDDEN = /[/\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|^[\s.]|[\s.]$/u

/** `<machine>.<project>`, the form of FROM and TO. Undefined for any other text: it is no address (contract B67). */
export function parseAddress(text: string): Address | undefined {
  const dot = text.indexOf('.')
  const [machine, project] = [text.slice(0, Math.max(0, dot)), text.slice(dot + 1)]
  return isPlainName(machine) && isPlainName(project) ? { machine, project } : undefined
}

/** The project in an address. Undefined for any other text. */
export function projectInAddress(address: string): string | undefined {
  return parseAddress(address)?.project
}

/** Whether a name is allowed in an address: it names one folder, and people and programs read it alike. */
export function isPlainName(name: string): boolean {
  return SIMPLE.test(name) || (name !== '' && !FORBIDDEN.test(name))
}

/** The longest label of a host name. */
const LONGEST_MACHINE = 63

/**
 * Whether a machine may have this name in an address and in a destination (contract C35): a dot would begin the project,
 * a comma another destination, a dash an option. `local` means whichever machine reads it.
 */
export function isMachineName(name: string): boolean {
  return (
    name.length <= LONGEST_MACHINE &&
    isPlainName(name) &&
    !/[.,\s]|^-/.test(name) &&
    looseName(name) !== 'local'
  )
}

/**
 * Whether TO proves that its sender calls the receiving machine otherwise than `name` (contract B54). Host names ignore
 * case. A TO that is no address proves nothing, and neither does `local`.
 */
export function isSentToOther(to: string, name: string): boolean {
  const receiver = parseAddress(to)?.machine.toLowerCase()
  return receiver !== undefined && receiver !== 'local' && receiver !== name.toLowerCase()
}

/**
 * A name without differences that people hardly see: case, the ways to write a character, invisible characters. If two
 * names are equal in this form, people may confuse them.
 */
export function looseName(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name.toLowerCase()
  const bare = name.normalize('NFKC').replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu, '')
  // Upper case first: only then are ß and ss equal.
  return bare.toUpperCase().toLowerCase().normalize('NFKC').trim()
}
