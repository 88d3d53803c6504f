import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { toAddress } from '@busan/primitives'
import { createGenesisDocument, parseGenesis } from '../src/index.ts'
import { EMPTY_EXTRA_DATA, genesisWith, type Keys, problemsOf } from './genesis-fixture.ts'

const validator = '11'.repeat(20)
const extraData = `0xf83aa0${'00'.repeat(32)}d594${validator}c080c0` as const
const citizen = toAddress(`0x${'cc'.repeat(20)}`)
const contract = toAddress(`0x${'0a'.repeat(20)}`)

describe('writing a genesis file', () => {
  const template = {
    ...genesisWith(),
    alloc: { [contract.slice(2).toUpperCase()]: { code: '0x6001', balance: '1' } },
  }

  test('fills the template with validators and what the network overrides', () => {
    const text = createGenesisDocument({
      template,
      extraData,
      chainId: 7n,
      timestamp: 1_800_000_000n,
      blockPeriodMs: 4000,
      requestTimeoutSeconds: 9,
      balances: new Map([
        [citizen, 10n ** 22n],
        [contract, 5n],
      ]),
    })
    const spec = parseGenesis(text)
    const header = spec.genesisHeader(`0x${'00'.repeat(32)}` as never)
    assert.equal(header.extraData, extraData)
    assert.equal(header.timestamp, 1_800_000_000n)
    assert.equal(spec.chainId, 7n)
    assert.equal(spec.qbftAfter({ number: 0n, timestamp: 0n }).blockPeriodMs, 4000)
    assert.equal(spec.qbftAfter({ number: 0n, timestamp: 0n }).requestTimeoutMs, 9000)
    assert.deepEqual(
      spec.alloc.map(({ address, balanceWei, code }) => [address, balanceWei, code]),
      [
        [contract, 5n, '0x6001'],
        [citizen, 10n ** 22n, '0x'],
      ],
    )
  })

  test('writes a period in whole seconds under the key of Besu, else in milliseconds', () => {
    const written = (blockPeriodMs: number, period: Keys) => {
      const withPeriod = genesisWith({}, {}, period)
      const text = createGenesisDocument({ template: withPeriod, extraData, blockPeriodMs })
      assert.equal(
        parseGenesis(text).qbftAfter({ number: 0n, timestamp: 0n }).blockPeriodMs,
        blockPeriodMs,
      )
      return JSON.parse(text).config.qbft
    }
    const template = { blockperiodseconds: 2, xblockperiodmilliseconds: 700 }
    assert.deepEqual(written(4000, template), { blockperiodseconds: 4 })
    assert.deepEqual(written(250, {}), { xblockperiodmilliseconds: 250 })
  })

  test('sets the fee policy; under freeGas the base fee of the template goes', () => {
    const priced = genesisWith({ baseFeePerGas: '0x7' })
    for (const [feePolicy, baseFeePerGas] of [
      ['eip1559', '0x7'],
      ['fixedBaseFee', '0x7'],
      ['freeGas', '0x0'],
    ] as const) {
      const text = createGenesisDocument({ template: priced, extraData, feePolicy })
      assert.equal(parseGenesis(text).feePolicy.kind, feePolicy)
      assert.equal(JSON.parse(text).baseFeePerGas, baseFeePerGas)
    }
  })

  test('is canonical: the order and case of the template keys do not show', () => {
    const shuffled = Object.fromEntries(
      Object.entries(template)
        .reverse()
        .map(([key, value]) => [key.toUpperCase(), value]),
    )
    const text = createGenesisDocument({ template, extraData })
    assert.equal(createGenesisDocument({ template: shuffled, extraData }), text)
    assert.equal(createGenesisDocument({ template: text, extraData }), text)
    assert.ok(text.startsWith('{\n  "config": {\n    "chainId": 51053,') && text.endsWith('}\n'))
  })

  test('refuses a template or a change that makes no valid genesis', () => {
    const misspelt = { ...template, gaslimits: 1 }
    assert.equal(
      problemsOf(() => createGenesisDocument({ template: misspelt, extraData })).length,
      1,
    )
    const bad = { template, extraData: '0xff' } as const
    assert.match(problemsOf(() => createGenesisDocument(bad))[0] ?? '', /^extraData: /)
    const zero = { template, extraData: EMPTY_EXTRA_DATA, blockPeriodMs: 0 } as const
    assert.match(
      problemsOf(() => createGenesisDocument(zero as never))[0] ?? '',
      /blockperiodseconds/,
    )
    assert.match(
      problemsOf(() => createGenesisDocument({ template: '{', extraData }))[0] ?? '',
      /JSON/,
    )
  })
})
