/** The last 53 bits of a hash, or of a key that ends with one: a number is found sooner than text. */
export function hashNumber(hash: Uint8Array): number {
  const at = (fromEnd: number) => hash[hash.length - fromEnd] as number
  const low = ((at(4) << 24) | (at(3) << 16) | (at(2) << 8) | at(1)) >>> 0
  return (((at(7) & 0x1f) << 16) | (at(6) << 8) | at(5)) * 2 ** 32 + low
}
