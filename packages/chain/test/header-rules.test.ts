import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Block, Header } from '@busan/chain-spec'
import { toHash, ZERO_ADDRESS } from '@busan/primitives'
import { decodeExtraData, type ExtraData, encodeExtraData } from '@busan/qbft'
import { createKey, extend, type Key, openTestChain, propose, seal, VALIDATORS } from './fixture.ts'

const WRONG_HASH = toHash(`0x${'11'.repeat(32)}`)

/** Each breaks one rule; the text is what the refusal must say. */
const BROKEN: readonly (readonly [text: RegExp, change: (header: Header) => Partial<Header>])[] = [
  [/number must be 2, got 3/, () => ({ number: 3n })],
  [/ommersHash must be/, () => ({ ommersHash: WRONG_HASH })],
  [/difficulty must be 1, got 2/, () => ({ difficulty: 2n })],
  [/mixHash must be/, () => ({ mixHash: WRONG_HASH })],
  [/nonce must be/, () => ({ nonce: '0x0000000000000001' })],
  [/gas limit 30029296/, () => ({ gasLimit: 30_029_296n })],
  [/gas limit 29970704/, () => ({ gasLimit: 29_970_704n })],
  [/gas limit 9223372036854775808 is outside/, () => ({ gasLimit: 2n ** 63n })],
  [/gasUsed 30000001 exceeds gasLimit/, () => ({ gasUsed: 30_000_001n })],
  [/timestamp \d+ is before/, ({ timestamp }) => ({ timestamp: timestamp - 1n })],
  [/baseFeePerGas must be/, ({ baseFeePerGas }) => ({ baseFeePerGas: (baseFeePerGas ?? 0n) + 1n })],
  [/withdrawalsRoot must be/, () => ({ withdrawalsRoot: WRONG_HASH })],
  [/blobGasUsed must be 0/, () => ({ blobGasUsed: 131_072n })],
  [/excessBlobGas must be 0/, () => ({ excessBlobGas: 1n })],
  [/parentBeaconBlockRoot must be/, () => ({ parentBeaconBlockRoot: WRONG_HASH })],
  [/requestsHash must be/, () => ({ requestsHash: WRONG_HASH })],
  [/coinbase 0x0+ is not a validator/, () => ({ coinbase: ZERO_ADDRESS })],
  [/extraData lists/, withExtraData(({ validators }) => ({ validators: validators.slice(1) }))],
  [
    /extraData lists .* ascending/,
    withExtraData(({ validators }) => ({ validators: validators.toReversed() })),
  ],
  [
    /extraData lists/,
    withExtraData(({ validators }) => ({
      validators: [...validators, createKey(5n).address].sort(),
    })),
  ],
]

describe('validateHeader', () => {
  it('holds for what we build, and refuses each broken rule, keeping nothing', async () => {
    const { chain } = await openTestChain()
    await extend(chain)
    const proposal = await propose(chain)
    const headHash = chain.head().hash
    for (const [text, change] of BROKEN) {
      const header = { ...proposal.header, ...change(proposal.header) }
      const verdict = await chain.importBlock(seal({ ...proposal, header }))
      assert.ok(!verdict.ok, `${text}`)
      assert.equal(verdict.reason, 'invalid-header', `${text}: ${verdict.message}`)
      assert.match(verdict.message, text)
      assert.equal(chain.head().hash, headHash)
      assert.equal(chain.headerByNumber(2n), undefined)
    }
    assert.deepEqual(await chain.importBlock(seal(proposal)), { ok: true, value: 'imported' })
  })

  it('wants exactly the fields of the fork', async () => {
    const { chain } = await openTestChain()
    const proposal = await propose(chain)
    const optional = [
      'baseFeePerGas',
      'withdrawalsRoot',
      'blobGasUsed',
      'excessBlobGas',
      'parentBeaconBlockRoot',
      'requestsHash',
    ] as const
    for (const field of optional) {
      const { [field]: _, ...header } = proposal.header
      const verdict = await chain.importBlock(seal({ ...proposal, header }))
      assert.ok(!verdict.ok && verdict.reason === 'invalid-header')
      assert.match(verdict.message, new RegExp(`${field} must be present under osaka`))
    }

    const london = await openTestChain({ genesis: { config: UNTIL_LONDON } })
    const old = await propose(london.chain)
    const extra = { ...old.header, withdrawalsRoot: WRONG_HASH }
    const verdict = await london.chain.importBlock(seal({ ...old, header: extra }))
    assert.ok(!verdict.ok)
    assert.match(verdict.message, /withdrawalsRoot must be absent under london/)
    assert.equal((await london.chain.importBlock(seal(old))).ok, true)
  })

  it('lets blocks share a timestamp, and not go back, when the period is below a second', async () => {
    const { chain } = await openTestChain({ genesis: { qbft: { xblockperiodmilliseconds: 250 } } })
    const first = await extend(chain)
    const atOnce = { nowMs: Number(first.header.timestamp) * 1000 }
    const same = await propose(chain, atOnce)
    assert.equal(same.header.timestamp, first.header.timestamp)
    const back = { ...same.header, timestamp: same.header.timestamp - 1n }
    const verdict = await chain.importBlock(seal({ ...same, header: back }))
    assert.ok(!verdict.ok && /is before/.test(verdict.message))
    assert.equal((await chain.importBlock(seal(same))).ok, true)
  })

  it('expects the validators that a transition names for one block', async () => {
    const three = VALIDATORS.slice(0, 3)
    const transitions = {
      qbft: [{ block: 2, validators: three.map(({ address }) => address) }],
    }
    const { chain } = await openTestChain({ genesis: { config: { transitions } } })
    const first = await extend(chain)
    const addresses = three.map(({ address }) => address)
    assert.deepEqual(chain.validatorState().validators, addresses)
    const proposal = await propose(chain)
    const old = decodeExtraData(first.header.extraData)
    assert.ok(old.ok)
    const stale = encodeExtraData({ ...old.value, seals: [] })
    const wrong: Block = { ...proposal, header: { ...proposal.header, extraData: stale } }
    const verdict = await chain.importBlock(seal(wrong))
    assert.ok(!verdict.ok && verdict.reason === 'invalid-header')
    assert.match(verdict.message, /extraData lists/)
    const outsider = seal(proposal, [three[0], three[1], VALIDATORS[3]] as Key[])
    const foreign = await chain.importBlock(outsider)
    assert.ok(!foreign.ok && foreign.reason === 'invalid-seals')
    assert.equal((await chain.importBlock(seal(proposal, three))).ok, true)
    assert.deepEqual(await chain.validatorsAt(2n), addresses)
  })
})

const UNTIL_LONDON = { shanghaiTime: 4e9, cancunTime: 4e9, pragueTime: 4e9, osakaTime: 4e9 }

function withExtraData(change: (extraData: ExtraData) => Partial<ExtraData>) {
  return ({ extraData }: Header): Partial<Header> => {
    const decoded = decodeExtraData(extraData)
    assert.ok(decoded.ok)
    return { extraData: encodeExtraData({ ...decoded.value, ...change(decoded.value) }) }
  }
}
