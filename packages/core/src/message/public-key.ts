/** OpenPGP's kinds of packets (RFC 4880, 4.3). */
const SIGNATURE = 2
const PUBLIC_KEY = 6
const USER_ID = 13
const SUBKEY = 14

/**
 * Whether bytes are exactly one public key: its packets, and nothing before, between or behind them. gpg would also take
 * a second key, a secret one, or a certificate that revokes another key.
 */
export function isOnePublicKey(bytes: Buffer): boolean {
  const kinds = packetKinds(bytes)
  if (kinds === undefined || kinds[0] !== PUBLIC_KEY) return false
  return kinds.slice(1).every((kind) => [SIGNATURE, USER_ID, SUBKEY].includes(kind))
}

/** The kinds of all packets. Undefined if the bytes are anything else. */
function packetKinds(bytes: Buffer): number[] | undefined {
  const kinds: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const packet = packetAt(bytes, at)
    if (packet === undefined || packet.end > bytes.length) return undefined
    kinds.push(packet.kind)
    at = packet.end
  }
  return kinds
}

function packetAt(bytes: Buffer, at: number): { readonly kind: number; readonly end: number } | undefined {
  const tag = bytes[at] ?? 0
  if (tag < 0x80) return undefined
  const size = (tag & 0x40) === 0 ? oldSize(tag, bytes.subarray(at + 1)) : newSize(bytes.subarray(at + 1))
  if (size === undefined) return undefined
  const kind = (tag & 0x40) === 0 ? (tag >> 2) & 0x0f : tag & 0x3f
  return { kind, end: at + 1 + size.header + size.body }
}

/** The lengths of the length's own bytes and of what follows them. */
interface Size {
  readonly header: number
  readonly body: number
}

function oldSize(tag: number, rest: Buffer): Size | undefined {
  const header = [1, 2, 4][tag & 3]
  if (header === undefined || rest.length < header) return undefined
  return { header, body: rest.readUIntBE(0, header) }
}

/** No key has a packet in parts. */
function newSize(rest: Buffer): Size | undefined {
  const [first = 255, second] = rest
  if (first < 192) return { header: 1, body: first }
  if (first < 224 && second !== undefined) return { header: 2, body: ((first - 192) << 8) + second + 192 }
  return first === 255 && rest.length >= 5 ? { header: 5, body: rest.readUInt32BE(1) } : undefined
}
