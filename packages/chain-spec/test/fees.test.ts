import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Hash } from '@busan/primitives'
import { createBlockHeader, paramsBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import fc from 'fast-check'
import {
  adjustBaseFee,
  blobBaseFee,
  checkGasLimit,
  GAS_PER_BLOB,
  nextExcessBlobGas,
  nextGasLimit,
  parentGasLimit,
} from '../src/index.ts'
import { frontierGenesis, genesisWith, type Keys, parse, problemsOf } from './genesis-fixture.ts'

// ethereumjs on its own Common is the independent formula.
const osaka = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka })
const prague = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
for (const common of [osaka, prague]) common.updateParams(paramsBlock)
const oracleOptions = { common: osaka, skipConsensusFormatValidation: true }
const gasLimits = fc.bigInt({ min: 5000n, max: 10n ** 10n })

describe('the EIP-1559 base fee', () => {
  test('equals that of ethereumjs for any parent', () => {
    const parents = fc
      .record({
        gasLimit: gasLimits,
        share: fc.nat(1000),
        baseFeePerGas: fc.bigInt({ min: 0n, max: 2n ** 80n }),
      })
      .map(({ gasLimit, share, baseFeePerGas }) => ({
        gasLimit,
        gasUsed: (gasLimit * BigInt(share)) / 1000n,
        baseFeePerGas,
      }))
    fc.assert(
      fc.property(parents, (parent) => {
        const oracle = createBlockHeader({ ...parent, number: 1n }, oracleOptions).calcNextBaseFee()
        assert.equal(adjustBaseFee(parent), oracle)
      }),
    )
  })

  test('stays at half-full blocks, rises by an eighth at most, and always rises above half', () => {
    const parent = { gasLimit: 30_000_000n, baseFeePerGas: 800n }
    assert.equal(adjustBaseFee({ ...parent, gasUsed: 15_000_000n }), 800n)
    assert.equal(adjustBaseFee({ ...parent, gasUsed: 30_000_000n }), 900n)
    assert.equal(adjustBaseFee({ ...parent, gasUsed: 0n }), 700n)
    assert.equal(adjustBaseFee({ ...parent, gasUsed: 15_000_001n }), 801n)
  })
})

describe('a fee policy', () => {
  const next = (top: Keys, config: Keys) => {
    const spec = parse(genesisWith({ baseFeePerGas: 800, ...top }, config))
    const parent = { number: 4n, timestamp: 4n, gasLimit: 30_000_000n, gasUsed: 30_000_000n }
    return [spec.feePolicy.kind, spec.nextBaseFee({ ...parent, baseFeePerGas: 800n }, 5n)]
  }

  test('follows demand by default', () => {
    assert.deepEqual(next({}, {}), ['eip1559', 900n])
    assert.deepEqual(next({}, { feePolicy: 'eip1559' }), ['eip1559', 900n])
  })

  test('holds the genesis base fee under either name', () => {
    assert.deepEqual(next({}, { fixedBaseFee: true }), ['fixedBaseFee', 800n])
    assert.deepEqual(next({}, { feePolicy: 'fixedBaseFee' }), ['fixedBaseFee', 800n])
    assert.deepEqual(next({ baseFeePerGas: null }, { fixedBaseFee: true }), [
      'fixedBaseFee',
      1_000_000_000n,
    ])
  })

  test('is 0 under zeroBaseFee and freeGas', () => {
    assert.deepEqual(next({}, { zeroBaseFee: true }), ['fixedBaseFee', 0n])
    assert.deepEqual(next({ baseFeePerGas: 0 }, { feePolicy: 'freeGas' }), ['freeGas', 0n])
  })

  test('starts at London with the genesis fee, else 1 gwei, and is absent before', () => {
    for (const [top, initial] of [
      [{}, 1_000_000_000n],
      [{ baseFeePerGas: 7 }, 7n],
    ] as const) {
      const spec = parse(frontierGenesis(top, { londonBlock: 5 }))
      const parent = { timestamp: 1n, gasLimit: 10_000n, gasUsed: 10_000n }
      assert.equal(spec.nextBaseFee({ ...parent, number: 3n }, 2n), undefined)
      assert.equal(spec.nextBaseFee({ ...parent, number: 4n }, 2n), initial)
      const later = spec.nextBaseFee({ ...parent, number: 5n, baseFeePerGas: 800n }, 2n)
      assert.equal(later, 900n)
    }
  })

  test('starts at the initial fee at block 1 too, where a genesis before London carries one', () => {
    const spec = parse(frontierGenesis({ baseFeePerGas: 800 }, { londonBlock: 1 }))
    const genesis = spec.genesisHeader(`0x${'00'.repeat(32)}` as Hash)
    assert.equal(genesis.baseFeePerGas, 800n)
    assert.equal(spec.nextBaseFee(genesis, 1n), 800n)
    assert.equal(spec.nextBaseFee({ ...genesis, number: 1n }, 2n), 700n)
  })

  const contradictions: [string, Keys, Keys, string][] = [
    ['zero and fixed', {}, { zeroBaseFee: true, fixedBaseFee: true }, 'config.zeroBaseFee'],
    ['eip1559 and zero', {}, { feePolicy: 'eip1559', zeroBaseFee: true }, 'config.feePolicy'],
    ['freeGas and fixed', {}, { feePolicy: 'freeGas', fixedBaseFee: true }, 'config.feePolicy'],
    ['freeGas and a fee', { baseFeePerGas: 1 }, { feePolicy: 'freeGas' }, 'baseFeePerGas'],
    ['an unknown policy', {}, { feePolicy: 'free' }, 'config.feePolicy'],
  ]
  for (const [what, top, config, path] of contradictions) {
    test(`that says ${what} is refused`, () => {
      const paths = problemsOf(() => parse(genesisWith(top, config))).map((p) => p.split(':')[0])
      assert.deepEqual(paths, [path])
    })
  }

  test('that fixes the fee on a chain without London is refused', () => {
    const [problem] = problemsOf(() => parse(frontierGenesis({}, { zeroBaseFee: true })))
    assert.match(problem as string, /^config.londonBlock: /)
  })
})

describe('the gas limit', () => {
  const headers = fc.record({ gasLimit: gasLimits, parentLimit: gasLimits })

  test('is judged as ethereumjs judges it', () => {
    const near = fc.record({
      parentLimit: gasLimits,
      step: fc.bigInt({ min: -10_000_000n, max: 10_000_000n }),
    })
    const cases = fc.oneof(
      headers,
      near.map(({ parentLimit, step }) => ({ parentLimit, gasLimit: parentLimit + step })),
      near.map(({ parentLimit }) => ({
        parentLimit,
        gasLimit: parentLimit + parentLimit / 1024n - 1n,
      })),
      near.map(({ parentLimit }) => ({ parentLimit, gasLimit: parentLimit - parentLimit / 1024n })),
    )
    fc.assert(
      fc.property(cases, ({ gasLimit, parentLimit }) => {
        fc.pre(gasLimit >= 0n)
        const parent = createBlockHeader({ gasLimit: parentLimit }, oracleOptions)
        const child = createBlockHeader({ gasLimit, number: 1n, baseFeePerGas: 1n }, oracleOptions)
        const isValid = checkGasLimit(gasLimit, parentLimit).ok
        if (isValid) child.validateGasLimit(parent)
        else assert.throws(() => child.validateGasLimit(parent))
      }),
    )
  })

  test('moves towards its target by valid steps and arrives', () => {
    fc.assert(
      fc.property(headers, ({ gasLimit: target, parentLimit }) => {
        const next = nextGasLimit(parentLimit, target)
        assert.ok(checkGasLimit(next, parentLimit).ok)
        const distance = (limit: bigint) => (limit > target ? limit - target : target - limit)
        if (parentLimit === target) assert.equal(next, target)
        else assert.ok(distance(next) < distance(parentLimit))
      }),
    )
    assert.equal(nextGasLimit(5000n, 0n), 5000n)
  })

  test('says which rule it broke', () => {
    const reasons = [4_999n, 2n ** 63n, 46_000_000n].map((limit) => {
      const verdict = checkGasLimit(limit, 45_000_000n)
      return verdict.ok ? 'ok' : verdict.reason
    })
    assert.deepEqual(reasons, ['gas-limit-range', 'gas-limit-range', 'gas-limit-delta'])
  })

  test('counts from the doubled parent limit at the first London block only', () => {
    const spec = parse(frontierGenesis({}, { londonBlock: 5 }))
    const limitAt = (number: bigint) =>
      parentGasLimit(spec, { number: number - 1n, timestamp: 0n, gasLimit: 8_000n }, 1n)
    assert.deepEqual([4n, 5n, 6n].map(limitAt), [8_000n, 16_000n, 8_000n])
  })
})

describe('blob gas', () => {
  const spec = parse(genesisWith({}, { osakaTime: 1000 }))

  for (const [common, timestamp] of [
    [prague, 0n],
    [osaka, 1000n],
  ] as const) {
    test(`excess and fee equal those of ethereumjs under ${common.hardfork()}`, () => {
      const rules = spec.forkAt(1n, timestamp).blobs
      assert.ok(rules !== undefined)
      const parents = fc.record({
        excessBlobGas: fc.bigInt({ min: 0n, max: 10n ** 8n }),
        blobs: fc.bigInt({ min: 0n, max: 9n }),
        baseFeePerGas: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      })
      fc.assert(
        fc.property(parents, ({ excessBlobGas, blobs, baseFeePerGas }) => {
          const parent = { excessBlobGas, baseFeePerGas, blobGasUsed: blobs * GAS_PER_BLOB }
          const options = { common, skipConsensusFormatValidation: true }
          const oracle = createBlockHeader({ ...parent, number: 1n }, options)
          assert.equal(nextExcessBlobGas(parent, rules), oracle.calcNextExcessBlobGas(common))
          assert.equal(blobBaseFee(excessBlobGas, rules), oracle.getBlobGasPrice())
        }),
      )
    })
  }

  test('has no excess after a block that knows no blobs', () => {
    const rules = spec.forkAt(1n, 0n).blobs
    assert.ok(rules !== undefined)
    assert.equal(nextExcessBlobGas({}, rules), 0n)
  })
})
