// The WebAssembly arithmetic of the curves agrees with the library's own JavaScript on what is right and what fails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bigintToBytes, concatBytes, hexToBytes, padLeft } from '@busan/primitives'
import { createEVM, type EVM, NobleBLS, NobleBN254 } from '@ethereumjs/evm'
import fc from 'fast-check'
import { loadCurves } from '../src/precompiles/curves.ts'

const ours = await createEVM(await loadCurves())
const theirs = await createEVM({ bls: new NobleBLS(), bn254: new NobleBN254() })
const RUNS = Number(process.env.BUSAN_PROPERTY_RUNS ?? 25)
const GAS = 10_000_000n

/** The precompiled contract's answer; how a failure is put is of no account. */
async function answerOf(
  evm: EVM,
  address: number,
  data: Uint8Array,
): Promise<Uint8Array | 'failed'> {
  const precompile = evm.precompiles.get(address.toString(16).padStart(40, '0'))
  assert.ok(precompile)
  const input = { data, gasLimit: GAS, common: evm.common, _EVM: evm }
  const { exceptionError, executionGasUsed, returnValue } = await precompile(input)
  assert.equal(executionGasUsed === GAS, exceptionError !== undefined)
  return exceptionError === undefined ? returnValue : 'failed'
}

/** @returns what both answer */
async function agreed(
  address: number,
  ...parts: readonly Uint8Array[]
): Promise<Uint8Array | 'failed'> {
  const data = concatBytes(...parts)
  const answer = await answerOf(ours, address, data)
  assert.deepEqual(answer, await answerOf(theirs, address, data), `contract ${address}`)
  return answer
}

const P =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

const word = (value: bigint, size = 32) => padLeft(bigintToBytes(value), size)
const scalar = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }).map((value) => word(value))
/** Above the modulus too, sometimes. */
const field = fc.oneof(
  { weight: 9, arbitrary: fc.bigInt({ min: 0n, max: P - 1n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: P, max: (1n << 381n) - 1n }) },
)
const inField = fc.bigInt({ min: 0n, max: P - 1n }).map((value) => word(value, 64))

/** One byte of a few is another. */
function damaged(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const bad = fc
    .tuple(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }))
    .map(([good, at, mask]) => {
      const changed = Uint8Array.from(good)
      changed[at % good.length] = (good[at % good.length] as number) ^ mask
      return changed
    })
  return fc.oneof({ weight: 9, arbitrary: bytes }, { weight: 1, arbitrary: bad })
}

const BN_G1 = concatBytes(word(1n), word(2n))
const BN_G2 = hexToBytes(
  '0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
)
const script = { bls: new NobleBLS(), bn254: new NobleBN254() }
const bnPoint = damaged(
  fc.oneof(
    scalar.map((factor) => script.bn254.mul(concatBytes(BN_G1, factor))),
    fc.constant(new Uint8Array(64)),
  ),
)

test('BN254: sums, products and pairings', async () => {
  await fc.assert(
    fc.asyncProperty(bnPoint, bnPoint, scalar, async (a, b, factor) => {
      await agreed(6, a, b)
      await agreed(7, a, factor)
      await agreed(8, a, BN_G2, b, BN_G2)
    }),
    { numRuns: RUNS },
  )
})

const coordinate = damaged(field.map((value) => word(value, 64)))
/** In their subgroups, or at infinity, or damaged. */
const g1 = damaged(
  fc.oneof(
    inField.map((value) => script.bls.mapFPtoG1(value)),
    fc.constant(new Uint8Array(128)),
  ),
)
const g2 = damaged(
  fc.oneof(
    fc.tuple(inField, inField).map((parts) => script.bls.mapFP2toG2(concatBytes(...parts))),
    fc.constant(new Uint8Array(256)),
  ),
)

test('BLS12-381: sums, products, maps and pairings', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(g1, g1, g2, g2),
      fc.tuple(scalar, scalar),
      fc.tuple(coordinate, coordinate),
      async ([a, b, c, d], [m, n], [x, y]) => {
        await agreed(11, a, b)
        await agreed(12, a, m, b, n)
        await agreed(13, c, d)
        await agreed(14, c, m, d, n)
        await agreed(15, a, c, b, d)
        await agreed(16, x)
        await agreed(17, x, y)
      },
    ),
    { numRuns: RUNS },
  )
})

function powerOf(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % P]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}

test('BLS12-381: what is on the curve and outside the subgroup may be added and nothing else (EIP-2537)', async () => {
  for (let x = 1n; x < 20n; x++) {
    const y = powerOf(x ** 3n + 4n, (P + 1n) / 4n)
    if ((y * y) % P !== (x ** 3n + 4n) % P) continue
    const point = concatBytes(word(x, 64), word(y, 64))
    assert.notEqual(await agreed(11, point, point), 'failed')
    assert.equal(await agreed(12, point, word(3n)), 'failed')
  }
})
