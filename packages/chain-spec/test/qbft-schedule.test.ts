import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { genesisWith, type Keys, parse, problemsOf } from './genesis-fixture.ts'

const withTransitions = (transitions: readonly Keys[], qbft: Keys = {}) =>
  parse(genesisWith({}, { transitions: { qbft: transitions } }, qbft))
const beneficiary = `0x${'be'.repeat(20)}`

describe('QBFT settings', () => {
  test('have the defaults of Besu', () => {
    assert.deepEqual(parse(genesisWith()).qbftAfter({ number: 0n, timestamp: 0n }), {
      epochLength: 30_000,
      blockPeriodMs: 1000,
      emptyBlockPeriodMs: 0,
      tailBlocks: 6,
      requestTimeoutMs: 1000,
      blockRewardWei: 0n,
      futureMessagesLimit: 1000,
      futureMessagesMaxDistance: 10,
    })
  })

  test('are read under the names of Besu', () => {
    const qbft = {
      epochlength: 100,
      blockperiodseconds: 5,
      xemptyblockperiodseconds: 60,
      xtailblocks: 12,
      requesttimeoutseconds: 10,
      blockreward: '0x10',
      miningbeneficiary: beneficiary.toUpperCase().replace('0X', '0x'),
      futuremessageslimit: 7,
      futuremessagesmaxdistance: 3,
      gossipedhistorylimit: 1,
      messagequeuelimit: 1,
      duplicatemessagelimit: 1,
    }
    assert.deepEqual(parse(genesisWith({}, {}, qbft)).qbftAfter({ number: 0n, timestamp: 0n }), {
      epochLength: 100,
      blockPeriodMs: 5000,
      emptyBlockPeriodMs: 60_000,
      tailBlocks: 12,
      requestTimeoutMs: 10_000,
      blockRewardWei: 16n,
      miningBeneficiary: beneficiary,
      futureMessagesLimit: 7,
      futureMessagesMaxDistance: 3,
    })
  })

  test('prefer the period in milliseconds when it is set', () => {
    const period = (qbft: Keys) =>
      parse(genesisWith({}, {}, qbft)).qbftAfter({ number: 0n, timestamp: 0n }).blockPeriodMs
    assert.equal(period({ blockperiodseconds: 5, xblockperiodmilliseconds: 250 }), 250)
    assert.equal(period({ blockperiodseconds: 5, xblockperiodmilliseconds: 0 }), 5000)
  })
})

describe('QBFT transitions', () => {
  test('apply from their block and inherit what they do not say', () => {
    const spec = withTransitions(
      [
        { block: 10, blockperiodseconds: 3, xtailblocks: 2 },
        { block: '0x14', blockreward: '5', miningbeneficiary: beneficiary },
        { block: 30, xblockperiodmilliseconds: 100, miningbeneficiary: '' },
        { block: 40, blockperiodseconds: 9 },
      ],
      { blockperiodseconds: 2 },
    )
    const seen = [9n, 10n, 20n, 30n, 40n].map((number) => {
      const { blockPeriodMs, tailBlocks, blockRewardWei, miningBeneficiary } = spec.qbftAfter({
        number: number - 1n,
        timestamp: 0n,
      })
      return [blockPeriodMs, tailBlocks, blockRewardWei, miningBeneficiary]
    })
    assert.deepEqual(seen, [
      [2000, 6, 0n, undefined],
      [3000, 2, 0n, undefined],
      [3000, 2, 5n, beneficiary],
      [100, 2, 5n, undefined],
      [100, 2, 5n, undefined],
    ])
  })

  test('replace the validators at exactly one block, ascending', () => {
    const [low, high] = [`0x${'11'.repeat(20)}`, `0x${'ff'.repeat(20)}`]
    const spec = withTransitions([{ block: 10, validators: [high, low] }])
    assert.deepEqual(spec.validatorOverrideAt(10n), [low, high])
    assert.equal(spec.validatorOverrideAt(9n), undefined)
    assert.equal(spec.validatorOverrideAt(11n), undefined)
  })

  test('by time start with the first block whose parent has that time', () => {
    const spec = withTransitions([{ time: 1_800_000_000, blockperiodseconds: 3 }])
    assert.equal(spec.qbftAfter({ number: 4n, timestamp: 1_799_999_999n }).blockPeriodMs, 1000)
    assert.equal(spec.qbftAfter({ number: 4n, timestamp: 1_800_000_000n }).blockPeriodMs, 3000)
  })

  test('at any height, equal those of the last transition that has begun', () => {
    const entries = fc.uniqueArray(
      fc.record({
        block: fc.integer({ min: 1, max: 60 }),
        period: fc.integer({ min: 1, max: 99 }),
      }),
      {
        selector: ({ block }) => block,
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(entries, fc.nat(70), (list, height) => {
        const sorted = list.toSorted((a, b) => a.block - b.block)
        const spec = withTransitions(
          sorted.map(({ block, period }) => ({ block, blockperiodseconds: period })),
        )
        let period = 1
        for (const entry of sorted) if (entry.block <= height) period = entry.period
        assert.equal(
          spec.qbftAfter({ number: BigInt(height) - 1n, timestamp: 0n }).blockPeriodMs,
          period * 1000,
        )
      }),
    )
  })

  const refusals: [string, Keys[], string][] = [
    ['both block and time', [{ block: 4, time: 9 }], '[0]'],
    ['neither block nor time', [{ blockperiodseconds: 4 }], '[0]'],
    ['a block that is a Unix time', [{ block: 1_800_000_000 }], '[0].block'],
    ['block 0', [{ block: 0 }], '[0].block'],
    ['a block given twice', [{ block: 4 }, { block: 4 }], '[1]'],
    ['descending blocks', [{ block: 5 }, { block: 4 }], '[1]'],
    ['blocks and times in one list', [{ block: 5 }, { time: 9 }], ''],
    ['a time that is past at genesis', [{ time: 99 }], '[0].time'],
    ['no validators', [{ block: 5, validators: [] }], '[0].validators'],
    ['validators by time', [{ time: 2e9, validators: [beneficiary] }], '[0]'],
    ['a validator twice', [{ block: 5, validators: [beneficiary, beneficiary] }], '[0].validators'],
    [
      'contract mode',
      [{ block: 5, validatorselectionmode: 'Contract' }],
      '[0].validatorselectionmode',
    ],
    ['a misspelt key', [{ block: 5, emptyblockperiodseconds: 1 }], '[0].emptyblockperiodseconds'],
  ]
  for (const [what, transitions, at] of refusals) {
    test(`with ${what} are refused`, () => {
      const genesis = genesisWith({ timestamp: 100 }, { transitions: { qbft: transitions } })
      const paths = problemsOf(() => parse(genesis)).map((line) => line.split(': ')[0])
      assert.deepEqual(paths, [`config.transitions.qbft${at}`])
    })
  }
})
