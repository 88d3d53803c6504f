import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeExtraData } from '@busan/qbft'
import {
  createKey,
  extend,
  GENESIS_SECONDS,
  openTestChain,
  propose,
  sign,
  VALIDATORS,
} from './fixture.ts'

const START_MS = Number(GENESIS_SECONDS) * 1000

describe('buildProposal', () => {
  it('rounds the clock in round 0, cuts it off later, and keeps the block period', async () => {
    const { chain } = await openTestChain()
    const timestampAt = async (round: number, ms: number) => {
      const block = await propose(chain, { round, nowMs: START_MS + ms })
      return block.header.timestamp - GENESIS_SECONDS
    }
    assert.equal(await timestampAt(0, 5_499), 5n)
    assert.equal(await timestampAt(0, 5_500), 6n)
    assert.equal(await timestampAt(1, 5_999), 5n)
    assert.equal(await timestampAt(0, 0), 1n)
    assert.equal(await timestampAt(3, -9_000), 1n)
  })

  it('carries round, vanity, validators and vote, no seals, and the parent gas limit', async () => {
    const { chain } = await openTestChain()
    const recipient = createKey(5n).address
    const vanity = new TextEncoder().encode('busan')
    const block = await propose(chain, { round: 2, vanity, vote: { recipient, add: true } })
    const extraData = decodeExtraData(block.header.extraData)
    assert.ok(extraData.ok)
    assert.deepEqual(extraData.value, {
      vanity,
      validators: VALIDATORS.map(({ address }) => address),
      vote: { recipient, add: true },
      round: 2,
      seals: [],
    })
    assert.equal(block.header.gasLimit, 30_000_000n)
    assert.equal(block.header.parentHash, chain.genesisHash)
  })

  it('includes the candidates in order', async () => {
    const { chain } = await openTestChain()
    const transactions = [0n, 1n, 2n].map((nonce) => sign({ nonce, to: createKey(8n).address }))
    const block = await propose(chain, { transactions })
    assert.deepEqual(
      block.transactions,
      transactions.map(({ raw }) => raw),
    )
  })
})

describe('validators', () => {
  it('change for the block after the one that brings the majority', async () => {
    const { chain } = await openTestChain()
    const recipient = createKey(5n).address
    const initial = VALIDATORS.map(({ address }) => address)
    for (const { address } of VALIDATORS.slice(0, 3)) {
      assert.deepEqual(chain.validatorState().validators, initial)
      await extend(chain, { coinbase: address, vote: { recipient, add: true } })
    }
    const grown = [...initial, recipient].sort()
    assert.deepEqual(chain.validatorState().validators, grown)
    assert.deepEqual(await chain.validatorsAt(3n), initial)
    assert.deepEqual(await chain.validatorsAt(4n), grown)
    assert.deepEqual(await chain.validatorsAt(0n), initial)
    assert.equal(await chain.validatorsAt(5n), undefined)
    await extend(chain)
    assert.deepEqual(await chain.validatorsAt(4n), grown)
  })

  it('forget votes at an epoch block', async () => {
    const { chain } = await openTestChain({ genesis: { qbft: { epochlength: 2 } } })
    const recipient = createKey(5n).address
    await extend(chain, { vote: { recipient, add: true } })
    assert.equal(chain.validatorState().addVotes.size, 1)
    await extend(chain, { vote: { recipient, add: true } })
    assert.equal(chain.validatorState().addVotes.size, 0)
  })
})
