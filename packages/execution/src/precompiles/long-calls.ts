import { bytesToBigint } from '@busan/primitives'
import type { Pacer } from '../vm/pacer.ts'
import type { Precompile, PrecompileTable } from './precompiles.ts'

/** What a machine does with a long call. @param here runs it on this thread, and holds it */
export type LongCallRule = (
  input: Parameters<Precompile>[0],
  address: string,
  here: Precompile,
) => ReturnType<Precompile>

/** Milliseconds that a call may take before it is a long one. */
const LONG_CALL_MS = 5

/** Whether a precompiled contract may take more than a few milliseconds for this input, whatever gas it is given. */
type IsLong = (data: Uint8Array) => boolean

const always: IsLong = () => true
const longerThan =
  (sizeBytes: number): IsLong =>
  (data) =>
    data.length > sizeBytes

/** SHA-256 and RIPEMD-160 hash a mebibyte in 6 and 20 ms. */
const HASHED_BYTES = 128 * 1024

/** BLAKE2's compression takes half a microsecond a round. */
const BLAKE2_ROUNDS = 4_096

/** Bytes of the longer of base and modulus, times bytes of the exponent: 3 ms or so. */
const POWER_SIZE = 4_096n

/** Of the two lengths alone, EIP-198; a power of 2048-bit RSA with a short exponent is no long one. */
function isLongPower(data: Uint8Array): boolean {
  const lengthAt = (start: number) => bytesToBigint(data.slice(start, start + 32))
  const [base, exponent, modulus] = [lengthAt(0), lengthAt(32), lengthAt(64)]
  return exponent * (base > modulus ? base : modulus) > POWER_SIZE
}

/** EIP-152: the rounds stand first. */
function isLongCompression(data: Uint8Array): boolean {
  return data.length >= 4 && new DataView(data.buffer, data.byteOffset).getUint32(0) > BLAKE2_ROUNDS
}

/** By address without prefix; those that are not here are always short. */
export const LONG_CALLS: ReadonlyMap<string, IsLong> = new Map(
  (
    [
      [0x02, longerThan(HASHED_BYTES)],
      [0x03, longerThan(HASHED_BYTES)],
      [0x05, isLongPower],
      [0x08, longerThan(0)],
      [0x09, isLongCompression],
      [0x0a, always],
      // Products of several points; EIP-2537 gives one 160 bytes in G1 and 288 in G2.
      [0x0c, longerThan(2 * 160)],
      [0x0e, longerThan(288)],
      [0x0f, longerThan(0)],
    ] as const
  ).map(([address, isLong]) => [address.toString(16).padStart(40, '0'), isLong]),
)

/** Brings the long calls of a machine's table under a rule. */
export function ruleLongCalls(table: PrecompileTable, rule: LongCallRule): void {
  for (const [address, isLong] of LONG_CALLS) {
    const here = table.get(address)
    if (here === undefined) continue
    table.set(address, (input) => (isLong(input.data) ? rule(input, address, here) : here(input)))
  }
}

/** A request that has no time for a long call ends as it would after it: whoever asked goes on elsewhere. */
export function withinTime(pacer: Pick<Pacer, 'assertLeft'>): LongCallRule {
  return (input, _address, here) => {
    pacer.assertLeft(LONG_CALL_MS)
    return here(input)
  }
}
