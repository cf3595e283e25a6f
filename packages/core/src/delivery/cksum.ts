/** The table of POSIX cksum: CRC-32 by the polynomial 04C11DB7, the highest bit first. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24
  for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1
  return rest >>> 0
})

/** What the program `cksum` says of these bytes: their sum. */
export function cksum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = (sum << 8) ^ (TABLE[(sum >>> 24) ^ byte] ?? 0)
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256))
    sum = (sum << 8) ^ (TABLE[(sum >>> 24) ^ (length & 255)] ?? 0)
  return ~sum >>> 0
}
